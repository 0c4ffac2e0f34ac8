/**
 * Answers kept at hand, by document, within a number of bytes. What it guarantees (invariant 3): whatever a lookup has shown of a document,
 * nothing from before is kept of it. Lookups overtake one another and the changes that they are told of, so an answer is kept only when
 * nothing else was heard of its document while it was looked up; else the next lookup is. Pure; its caller knows when it may be asked.
 */
import { createDoubts } from './doubts.ts';
import type { Doubts } from './doubts.ts';
import { createKeptEntries } from './kept-entries.ts';

/** Lookups of some documents that are under way together. */
export interface Flight<V> {
  /** `found`: what there is; a document that is not in it does not exist. */
  arrived(found: ReadonlyMap<string, V>): void;
  failed(): void;
}

export interface DocumentCache<V> {
  /** null: it has to be looked up. */
  get(id: string): V | null;
  /** To be called before the lookups are sent. `mayKeep`: every change that they may not yet find will be told. */
  depart(ids: readonly string[], mayKeep: boolean): Flight<V>;
  /** The document has changed: nothing that was read before is kept. */
  changed(id: string): void;
  /** By what lists have shown; a lookup by id sees to it itself. */
  readonly doubts: Pick<Doubts, 'count' | 'raise' | 'recall'>;
  /** Of what is looked up from now on nothing is doubted. */
  clear(): void;
  readonly bytes: () => number;
  readonly size: () => number;
}

export interface CacheOptions<V> {
  readonly maxBytes: number;
  /** What a list is asked for by. */
  readonly traitsOf: (value: V) => readonly string[];
  readonly sizeOf: (id: string, value: V) => number;
  readonly same: (a: V, b: V) => boolean;
}

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  /** Number of doubts when its lookup was sent. */
  readonly since: number;
  /** null: nobody has asked for them. */
  traits: readonly string[] | null;
}

export function createDocumentCache<V>({
  maxBytes,
  sizeOf,
  same,
  traitsOf,
}: CacheOptions<V>): DocumentCache<V> {
  const entries = createKeptEntries<Entry<V>>(maxBytes);
  /** The one flight of a document whose answer may be kept. */
  const keepers = new Map<string, Flight<V>>();
  const doubts = createDoubts();

  function shownAs(id: string, isShown: (value: V) => boolean): void {
    keepers.delete(id);
    const entry = entries.get(id);
    if (entry && !isShown(entry.value)) entries.drop(id);
  }

  const isDoubted = (id: string, entry: Entry<V>): boolean =>
    !doubts.isCalm() && doubts.touch(entry.since, [id], () => (entry.traits ??= traitsOf(entry.value)));

  return {
    get(id) {
      const entry = entries.use(id);
      return entry && !isDoubted(id, entry) ? entry.value : null;
    },
    depart(ids, mayKeep) {
      const since = doubts.count();
      const flight: Flight<V> = {
        arrived(found) {
          for (const id of ids) {
            const value = found.get(id);
            if (keepers.get(id) !== flight) shownAs(id, (kept) => value !== undefined && same(kept, value));
            else {
              keepers.delete(id);
              if (value === undefined) entries.drop(id);
              else entries.keep(id, { value, bytes: sizeOf(id, value), since, traits: null });
            }
          }
        },
        failed() {
          for (const id of ids) if (keepers.get(id) === flight) keepers.delete(id);
        },
      };
      if (mayKeep) for (const id of ids) if (!keepers.has(id)) keepers.set(id, flight);
      return flight;
    },
    changed(id) {
      keepers.delete(id);
      entries.drop(id);
    },
    doubts,
    clear() {
      entries.clear();
      keepers.clear();
      doubts.clear();
    },
    bytes: entries.bytes,
    size: entries.size,
  };
}
