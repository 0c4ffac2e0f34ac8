/**
 * What was shown of later than what the change stream has told yet: whatever was looked up before it, and may be contradicted by it, counts for
 * nothing until the stream has come as far. Doubts are numbered in their order. Pure.
 */

/** What readers were shown the state of. */
export interface Shown {
  /** Documents that were seen themselves. */
  readonly ids: readonly string[];
  /** That of all documents with one of these traits those that were not shown are not what they may have been. */
  readonly traits: readonly string[];
}

export interface Doubts {
  /** How many there were: whoever departs now is not touched by those. */
  count(): number;
  /** null: of all. */
  raise(shown: Shown | null): void;
  /** Whether there is none at all, which is so nearly always. */
  isCalm(): boolean;
  /** Whether one that came after the first `since` is about any of these. */
  touch(since: number, ids: readonly string[], traits: () => readonly string[]): boolean;
  /** Of the first `number` all is told. */
  recall(number: number): void;
  /** There is no doubt about what departs from now on. */
  clear(): void;
}

export function createDoubts(): Doubts {
  let count = 0;
  /** The last of all, of documents by their ids, and by their traits; those that were recalled are not there. */
  let ofAll = 0;
  const ofIds = new Map<string, number>();
  const ofTraits = new Map<string, number>();
  const touchedBy = (doubted: ReadonlyMap<string, number>, since: number, keys: readonly string[]): boolean =>
    keys.some((key) => since < (doubted.get(key) ?? 0));

  return {
    count: () => count,
    raise(shown) {
      count += 1;
      if (shown === null) ofAll = count;
      else {
        for (const id of shown.ids) ofIds.set(id, count);
        for (const trait of shown.traits) ofTraits.set(trait, count);
      }
    },
    isCalm: () => ofAll === 0 && ofIds.size === 0 && ofTraits.size === 0,
    touch: (since, ids, traits) =>
      since < ofAll ||
      (ofIds.size > 0 && touchedBy(ofIds, since, ids)) ||
      (ofTraits.size > 0 && touchedBy(ofTraits, since, traits())),
    recall(number) {
      if (ofAll <= number) ofAll = 0;
      for (const doubted of [ofIds, ofTraits])
        for (const [key, last] of doubted) if (last <= number) doubted.delete(key);
    },
    clear() {
      ofAll = 0;
      ofIds.clear();
      ofTraits.clear();
    },
  };
}
