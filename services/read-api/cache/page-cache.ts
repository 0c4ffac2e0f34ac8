/**
 * Pages of lists kept at hand, within a number of bytes: of lists of one owner's documents, so that a page is changed by nothing but a change of a
 * document that is theirs, or was and is on it. What it guarantees (invariant 3): whatever was shown of a document, no page shows it as it was
 * before. Pure; its caller knows when it may be asked.
 */
import { createDoubts } from './doubts.ts';
import type { Doubts } from './doubts.ts';
import { createKeptEntries } from './kept-entries.ts';
import { createMultiMap } from './multi-map.ts';

/** One page that is being looked up. */
export interface PageFlight<P> {
  /** `ids`: of all documents that it tells of by their being there. */
  arrived(page: P, ids: readonly string[]): void;
  failed(): void;
}

export interface PageCache<P> {
  /** `question`: all that chooses the page, its owner too. null: it has to be looked up. */
  get(question: string): P | null;
  /** To be called before the lookup is sent. `mayKeep`: every change that it may not yet find will be told. */
  depart(question: string, owner: string, mayKeep: boolean): PageFlight<P>;
  /** A document has changed. `owner`: whose it is now; null: nobody's, for it is gone, or nobody knows. */
  changed(id: string, owner: string | null): void;
  /** By what was shown of documents, and of owners as their traits. */
  readonly doubts: Pick<Doubts, 'count' | 'raise' | 'recall'>;
  clear(): void;
  readonly bytes: () => number;
  readonly size: () => number;
}

export interface PageCacheOptions<P> {
  readonly maxBytes: number;
  readonly sizeOf: (question: string, page: P) => number;
}

interface Entry<P> {
  readonly page: P;
  readonly ids: readonly string[];
  readonly owner: string;
  readonly bytes: number;
  /** Number of doubts when its lookup was sent. */
  readonly since: number;
}

/** Of a page that is being looked up. */
interface Keeper {
  readonly owner: string;
  /** Documents that are not the owner's, and may be on the page: they were theirs. */
  readonly changed: Set<string>;
}

export function createPageCache<P>({ maxBytes, sizeOf }: PageCacheOptions<P>): PageCache<P> {
  /** By their owners. */
  const questions = createMultiMap<string>();
  /** By the documents on them. */
  const mentions = createMultiMap<string>();
  const entries = createKeptEntries<Entry<P>>(maxBytes, (question, { owner, ids }) => {
    questions.remove(owner, question);
    for (const id of ids) mentions.remove(id, question);
  });
  /** Those whose answers may be kept. */
  const keepers = new Map<PageFlight<P>, Keeper>();
  const doubts = createDoubts();

  return {
    get(question) {
      const entry = entries.use(question);
      if (!entry) return null;
      const { since, ids, owner } = entry;
      return !doubts.isCalm() && doubts.touch(since, ids, () => [owner]) ? null : entry.page;
    },
    depart(question, owner, mayKeep) {
      const since = doubts.count();
      const flight: PageFlight<P> = {
        arrived(page, ids) {
          const keeper = keepers.get(flight);
          keepers.delete(flight);
          if (!keeper || ids.some((id) => keeper.changed.has(id))) return;
          const entry: Entry<P> = { page, ids, owner, bytes: sizeOf(question, page), since };
          entries.keep(question, entry);
          if (entries.get(question) !== entry) return;
          questions.add(owner, question);
          for (const id of ids) mentions.add(id, question);
        },
        failed: () => void keepers.delete(flight),
      };
      if (mayKeep) keepers.set(flight, { owner, changed: new Set() });
      return flight;
    },
    changed(id, owner) {
      for (const [flight, keeper] of keepers) {
        if (keeper.owner === owner) keepers.delete(flight);
        else keeper.changed.add(id);
      }
      for (const question of [...mentions.of(id), ...(owner === null ? [] : questions.of(owner))])
        entries.drop(question);
    },
    doubts,
    clear() {
      for (const each of [entries, questions, mentions, keepers, doubts]) each.clear();
    },
    bytes: entries.bytes,
    size: entries.size,
  };
}
