/**
 * The documents that were read last, and the pages of an owner's lists, ready to be sent. One is served only while a change stream proves that it
 * is no older than `maxAgeMs` behind what a majority holds, and never after a later state of it was shown (invariant 3). Where that cannot be
 * proven there is no answer here, and it is looked up.
 */
import type { Timestamp } from 'mongodb';
import type { Found } from '../readers/found.ts';
import type { Page, PageQuery } from '../readers/reader.ts';
import type { ChangeSink } from './change-watch.ts';
import { createDocumentCache } from './document-cache.ts';
import type { Flight } from './document-cache.ts';
import { createPageCache } from './page-cache.ts';
import type { PageFlight } from './page-cache.ts';
import type { Traits } from './traits.ts';

/** What the lookups tell of themselves. */
export interface LookupWitness {
  /** These documents are about to be looked up. */
  depart(ids: readonly string[]): Flight<Found>;
  /** This page is about to be. */
  departPage(query: PageQuery): PageFlight<Page>;
  /** A lookup has shown which documents have a value, or how many. */
  shownByValue(): void;
}

export interface ReadCache extends LookupWitness {
  /** null: it has to be looked up. */
  get(id: string): Found | null;
  getPage(query: PageQuery): Page | null;
  /** Everything that is given holds all changes until then; null while nothing is given. */
  provenUntil(): Timestamp | null;
  readonly sink: ChangeSink;
  readonly figures: () => CacheFigures;
}

export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
  readonly pageHits: number;
  readonly pageMisses: number;
  readonly changes: number;
  readonly losses: number;
  readonly documents: number;
  readonly pages: number;
  readonly bytes: number;
  /** Since the change stream was last known to have told everything; null while it does not run. */
  readonly ageMs: number | null;
}

export interface ReadCacheOptions {
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly traits: Traits;
  /** The latest cluster time that this process has read at. */
  readonly seen: () => Timestamp | undefined;
  readonly now?: () => number;
}

/** The doubts that there were by a cluster time: they end when the stream has come as far. */
interface Pending {
  readonly until: Timestamp;
  readonly documents: number;
  readonly pages: number;
}

/** What an entry takes beside its texts: objects, and its places in maps. */
const OVERHEAD_BYTES = 400;
/** Of all bytes, where an owner's lists are asked for. */
const PAGES_SHARE = 0.25;

export function createReadCache(options: ReadCacheOptions): ReadCache {
  const { maxBytes, maxAgeMs, traits, seen, now = () => performance.now() } = options;
  const { owner: owners } = traits;
  const pageBytes = owners ? maxBytes * PAGES_SHARE : 0;
  const traitsOf = ({ body }: Found): readonly string[] => traits.of(body);
  const documents = createDocumentCache<Found>({ maxBytes: maxBytes - pageBytes, sizeOf, same, traitsOf });
  const pages = createPageCache<Page>({ maxBytes: pageBytes, sizeOf: sizeOfPage });
  let isBegun = false;
  let until: Timestamp | null = null;
  let provenAt = Number.NEGATIVE_INFINITY;
  /** In their order, one of a time: not before the stream has come so far is what was kept as new as what was shown. */
  let pending: Pending[] = [];
  const counts = { hits: 0, misses: 0, pageHits: 0, pageMisses: 0, changes: 0, losses: 0 };

  const isProven = (): boolean => until !== null && now() - provenAt <= maxAgeMs;

  /** Something was shown that may be of later than what was told. `raise`: in the caches that it may contradict. */
  function doubt(raise: () => void): void {
    const at = seen();
    if (!isBegun || at === undefined || until?.greaterThanOrEqual(at)) return;
    raise();
    if (pending.at(-1)?.until.equals(at)) pending.pop();
    pending.push({ until: at, documents: documents.doubts.count(), pages: pages.doubts.count() });
  }

  return {
    get(id) {
      const found = isProven() ? documents.get(id) : null;
      if (found) counts.hits += 1;
      return found;
    },
    getPage(query) {
      if (!owners?.asked(query.where)) return null;
      const page = isProven() ? pages.get(questionOf(query)) : null;
      if (page) counts.pageHits += 1;
      return page;
    },
    provenUntil: () => (isProven() ? until : null),
    depart(ids) {
      counts.misses += ids.length;
      const flight = documents.depart(ids, isBegun);
      if (!owners) return flight;
      return {
        ...flight,
        arrived(found) {
          doubt(() =>
            pages.doubts.raise({ ids, traits: [...found.values()].map(({ body }) => owners.of(body)) }),
          );
          flight.arrived(found);
        },
      };
    },
    departPage(query) {
      counts.pageMisses += 1;
      const trait = traits.asked(query.where);
      const owner = owners?.asked(query.where) ?? null;
      const flight = owner === null ? null : pages.depart(questionOf(query), owner, isBegun);
      return {
        arrived(page, ids) {
          doubt(() => {
            documents.doubts.raise(trait === null ? null : { ids, traits: [trait] });
            pages.doubts.raise(owner === null ? null : { ids, traits: [owner] });
          });
          flight?.arrived(page, ids);
        },
        failed: () => flight?.failed(),
      };
    },
    shownByValue: () =>
      doubt(() => {
        documents.doubts.raise(null);
        pages.doubts.raise(null);
      }),
    sink: {
      begun() {
        isBegun = true;
      },
      changed(id, owner) {
        counts.changes += 1;
        documents.changed(id);
        pages.changed(id, owners?.trait(owner) ?? null);
      },
      told(upTo, askedAt) {
        until = upTo;
        provenAt = askedAt;
        const over = pending.findLastIndex((each) => upTo.greaterThanOrEqual(each.until));
        const last = pending[over];
        if (!last) return;
        pending = pending.slice(over + 1);
        documents.doubts.recall(last.documents);
        pages.doubts.recall(last.pages);
      },
      lost() {
        if (isBegun) counts.losses += 1;
        isBegun = false;
        until = null;
        pending = [];
        documents.clear();
        pages.clear();
      },
    },
    figures: () => ({
      ...counts,
      documents: documents.size(),
      pages: pages.size(),
      bytes: documents.bytes() + pages.bytes(),
      ageMs: until === null ? null : now() - provenAt,
    }),
  };
}

/** All that chooses a page. */
function questionOf({ where, terms, order, limit, after }: PageQuery): string {
  const asked = where.map(({ filter, value }) => [filter.parameter, value]);
  return JSON.stringify([asked, terms, order && [order.sort.name, order.direction], limit, after]);
}

function sizeOf(id: string, { body, bytes, etag, told }: Found): number {
  return OVERHEAD_BYTES + id.length + inMemory(body, bytes) + etag.length + told.length;
}

function sizeOfPage(question: string, { items }: Page): number {
  const texts = items.reduce((sum, item) => sum + inMemory(item, Buffer.byteLength(item)), 0);
  return OVERHEAD_BYTES * (1 + items.length) + question.length + texts;
}

/** A text with any character above U+00FF takes two bytes for each of them. */
function inMemory({ length }: string, bytes: number): number {
  return bytes === length ? length : 2 * length;
}

/** The offsets, and when it was written, are in what is told of it. */
function same(a: Found, b: Found): boolean {
  return a.told === b.told && a.etag === b.etag;
}
