/**
 * Answers kept at hand, by document, within a number of bytes. What it guarantees (invariant 3): whatever a lookup has shown of a document,
 * nothing from before is kept of it. Lookups overtake one another and the changes that they are told of, so an answer is kept only when
 * nothing else was heard of its document while it was looked up; else the next lookup is. Pure; its caller knows when it may be asked.
 */

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
  /**
   * Somebody was shown what some documents are like now, by a list of them: what is kept of those counts for nothing until `recall`. null: what is
   * kept of any. Returns its number.
   */
  doubt(shown: Shown | null): number;
  /** All changes from before this doubt are told, and so those from before the earlier ones. */
  recall(number: number): void;
  /** Of what is looked up from now on nothing is doubted. */
  clear(): void;
  readonly bytes: () => number;
  readonly size: () => number;
}

/** What a list has shown. */
export interface Shown {
  readonly ids: readonly string[];
  /** That of all documents with this trait those that are not in the list are not what they may have been. */
  readonly trait: string;
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
  readonly doubts: number;
  /** null: nobody has asked for them. */
  traits: readonly string[] | null;
  /** Since it was last considered for eviction. */
  isUsed: boolean;
}

export function createDocumentCache<V>({
  maxBytes,
  sizeOf,
  same,
  traitsOf,
}: CacheOptions<V>): DocumentCache<V> {
  const entries = new Map<string, Entry<V>>();
  /** The one flight of a document whose answer may be kept. */
  const keepers = new Map<string, Flight<V>>();
  let bytes = 0;
  let doubts = 0;
  /** The last doubt of all, of documents by their ids, and by their traits; those that were recalled are not there. */
  let ofAll = 0;
  const ofIds = new Map<string, number>();
  const ofTraits = new Map<string, number>();

  function drop(id: string): void {
    const entry = entries.get(id);
    if (!entry) return;
    entries.delete(id);
    bytes -= entry.bytes;
  }

  function keep(id: string, value: V, since: number): void {
    drop(id);
    const size = sizeOf(id, value);
    if (size > maxBytes / 8) return;
    entries.set(id, { value, bytes: size, doubts: since, traits: null, isUsed: false });
    bytes += size;
    evict();
  }

  /** The oldest goes, but who was used since it was last looked at gets another turn: a hit moves nothing. */
  function evict(): void {
    for (const [id, entry] of entries) {
      if (bytes <= maxBytes) return;
      entries.delete(id);
      if (entry.isUsed) {
        entry.isUsed = false;
        entries.set(id, entry);
      } else bytes -= entry.bytes;
    }
  }

  function shownAs(id: string, isShown: (value: V) => boolean): void {
    keepers.delete(id);
    const entry = entries.get(id);
    if (entry && !isShown(entry.value)) drop(id);
  }

  function isDoubted(id: string, entry: Entry<V>): boolean {
    const { doubts: since } = entry;
    if (since < ofAll || since < (ofIds.get(id) ?? 0)) return true;
    if (ofTraits.size === 0) return false;
    entry.traits ??= traitsOf(entry.value);
    return entry.traits.some((trait) => since < (ofTraits.get(trait) ?? 0));
  }

  return {
    get(id) {
      const entry = entries.get(id);
      if (!entry || isDoubted(id, entry)) return null;
      entry.isUsed = true;
      return entry.value;
    },
    depart(ids, mayKeep) {
      const since = doubts;
      const flight: Flight<V> = {
        arrived(found) {
          for (const id of ids) {
            const value = found.get(id);
            if (keepers.get(id) !== flight) shownAs(id, (kept) => value !== undefined && same(kept, value));
            else {
              keepers.delete(id);
              if (value === undefined) drop(id);
              else keep(id, value, since);
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
      drop(id);
    },
    doubt(shown) {
      doubts += 1;
      if (shown === null) ofAll = doubts;
      else {
        for (const id of shown.ids) ofIds.set(id, doubts);
        ofTraits.set(shown.trait, doubts);
      }
      return doubts;
    },
    recall(number) {
      if (ofAll <= number) ofAll = 0;
      for (const doubted of [ofIds, ofTraits])
        for (const [key, last] of doubted) if (last <= number) doubted.delete(key);
    },
    clear() {
      entries.clear();
      keepers.clear();
      ofAll = 0;
      ofIds.clear();
      ofTraits.clear();
      bytes = 0;
    },
    bytes: () => bytes,
    size: () => entries.size,
  };
}
