/**
 * The documents that were read last, ready to be sent. One is served only while a change stream proves that it is no older than `maxAgeMs`
 * behind what a majority holds, and never after a later state of it was shown (invariant 3). Where that cannot be proven there is no
 * answer here, and it is looked up.
 */
import type { Timestamp } from 'mongodb';
import type { Found } from '../readers/found.ts';
import type { Selection } from '../readers/reader.ts';
import type { ChangeSink } from './change-watch.ts';
import { createDocumentCache } from './document-cache.ts';
import type { Flight } from './document-cache.ts';
import type { Traits } from './traits.ts';

/** What the lookups tell of themselves. */
export interface LookupWitness {
  /** These documents are about to be looked up. */
  depart(ids: readonly string[]): Flight<Found>;
  /** A lookup has shown which documents have a value, or a page of them; left out: not one that it can be told of. */
  shownByValue(page?: ShownPage): void;
}

export interface ShownPage {
  /** Of all documents that it tells of by their being there. */
  readonly ids: readonly string[];
  readonly where: Selection['where'];
}

export interface ReadCache extends LookupWitness {
  /** null: it has to be looked up. */
  get(id: string): Found | null;
  /** Everything that `get` gives holds all changes until then; null while it gives nothing. */
  provenUntil(): Timestamp | null;
  readonly sink: ChangeSink;
  readonly figures: () => CacheFigures;
}

export interface CacheFigures {
  readonly hits: number;
  readonly misses: number;
  readonly changes: number;
  readonly losses: number;
  readonly documents: number;
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

/** What an entry takes beside its texts: objects, and its places in two maps. */
const OVERHEAD_BYTES = 400;

export function createReadCache(options: ReadCacheOptions): ReadCache {
  const { maxBytes, maxAgeMs, traits, seen, now = () => performance.now() } = options;
  const traitsOf = ({ body }: Found): readonly string[] => traits.of(body);
  const documents = createDocumentCache<Found>({ maxBytes, sizeOf, same, traitsOf });
  let isBegun = false;
  let until: Timestamp | null = null;
  let provenAt = Number.NEGATIVE_INFINITY;
  /** In their order: not before the stream has come so far is what was kept as new as what was shown. */
  let pending: Array<{ readonly until: Timestamp; readonly number: number }> = [];
  const counts = { hits: 0, misses: 0, changes: 0, losses: 0 };

  const isProven = (): boolean => until !== null && now() - provenAt <= maxAgeMs;

  return {
    get(id) {
      const found = isProven() ? documents.get(id) : null;
      if (found) counts.hits += 1;
      return found;
    },
    provenUntil: () => (isProven() ? until : null),
    depart(ids) {
      counts.misses += ids.length;
      return documents.depart(ids, isBegun);
    },
    shownByValue(page) {
      const at = seen();
      if (!isBegun || at === undefined || until?.greaterThanOrEqual(at)) return;
      const trait = page ? traits.asked(page.where) : null;
      const number = documents.doubt(page && trait !== null ? { ids: page.ids, trait } : null);
      pending.push({ until: at, number });
    },
    sink: {
      begun() {
        isBegun = true;
      },
      changed(id) {
        counts.changes += 1;
        documents.changed(id);
      },
      told(upTo, askedAt) {
        until = upTo;
        provenAt = askedAt;
        const over = pending.findLast((doubt) => upTo.greaterThanOrEqual(doubt.until));
        if (!over) return;
        pending = pending.filter(({ number }) => number > over.number);
        documents.recall(over.number);
      },
      lost() {
        if (isBegun) counts.losses += 1;
        isBegun = false;
        until = null;
        pending = [];
        documents.clear();
      },
    },
    figures: () => ({
      ...counts,
      documents: documents.size(),
      bytes: documents.bytes(),
      ageMs: until === null ? null : now() - provenAt,
    }),
  };
}

/** A text with any character above U+00FF takes two bytes for each of them. */
function sizeOf(id: string, { body, bytes, etag, told }: Found): number {
  const inMemory = bytes === body.length ? bytes : 2 * body.length;
  return OVERHEAD_BYTES + id.length + inMemory + etag.length + told.length;
}

/** The offsets, and when it was written, are in what is told of it. */
function same(a: Found, b: Found): boolean {
  return a.told === b.told && a.etag === b.etag;
}
