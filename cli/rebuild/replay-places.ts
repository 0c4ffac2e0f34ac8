/** Where a replay begins in each partition: from what was asked, within what the topic and the documents allow. Pure. */
import { RebuildError } from './rebuild-error.ts';

export type ReplayFrom =
  | { readonly kind: 'earliest' }
  | { readonly kind: 'time'; readonly at: Date }
  /** Partition → offset; the others stay where they are. */
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, number> };

export interface ReplayPlace {
  readonly partition: number;
  readonly begin: number;
  /** Where the projectors stand. */
  readonly committed: number;
}

export interface Standing {
  readonly partition: number;
  readonly committed: number;
  /**
   * Nothing before can be delivered again: the topic does not have it any more, or the documents were made anew behind it and hold no
   * tombstones of what was deleted before, so that it would come to life for a moment.
   */
  readonly oldest: number;
}

/** `2026-11-26T01:00:00Z`, `earliest`, `0:120,3:77`; null: none of them. */
export function readReplayFrom(text: string): ReplayFrom | null {
  if (text === 'earliest') return { kind: 'earliest' };
  if (/^\d+:\d+(,\d+:\d+)*$/.test(text)) {
    const each = text.split(',').map((place) => place.split(':').map(Number) as [number, number]);
    const offsets = new Map(each);
    return offsets.size === each.length ? { kind: 'offsets', offsets } : null;
  }
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : { kind: 'time', at };
}

/** @param atTime partition → first offset of the time that was asked for. @throws RebuildError when an offset that was named cannot be. */
export function placeReplay(
  from: ReplayFrom,
  standings: readonly Standing[],
  atTime: ReadonlyMap<number, number>,
): readonly ReplayPlace[] {
  if (from.kind === 'offsets')
    for (const partition of from.offsets.keys())
      if (!standings.some((each) => each.partition === partition))
        throw new RebuildError(`there is no partition ${partition}`);
  return standings.map(({ partition, committed, oldest }) => {
    const place = (begin: number): ReplayPlace => ({ partition, begin, committed });
    // Where nothing that old is left, or nothing was read yet, nothing is delivered again.
    const within = (offset: number): ReplayPlace => place(Math.min(committed, Math.max(offset, oldest)));
    switch (from.kind) {
      case 'earliest':
        return within(oldest);
      case 'time':
        return within(atTime.get(partition) ?? committed);
      case 'offsets': {
        const asked = from.offsets.get(partition);
        if (asked === undefined) return place(committed);
        if (asked > committed)
          throw new RebuildError(
            `partition ${partition} is read up to ${committed}: nothing after it can be delivered again`,
          );
        if (asked < oldest)
          throw new RebuildError(
            `partition ${partition} can be delivered again from ${oldest}: before it the topic holds nothing, or the documents were made anew`,
          );
        return place(asked);
      }
    }
  });
}
