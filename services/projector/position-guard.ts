/**
 * Whether the changes that a partition delivers go on where the documents stand. kafkajs starts again at the oldest change when an
 * offset is out of range, without a word (design §4); and a topic made anew counts from 0, where every change would look applied
 * before. Both would leave documents wrong for ever, so both stop the partition. Pure.
 */
import type { Position } from './position-record.ts';

export interface PartitionEnds {
  readonly low: number;
  readonly end: number;
}

/** Why the partition must not go on from `fetched`, the offset that was asked for; null when it may. */
export function refuseStart(
  fetched: number,
  known: Position | undefined,
  { low, end }: PartitionEnds,
): string | null {
  if (known === undefined) return null;
  if (end < known.next) return madeAnew(known.next, end);
  // What starts above the oldest change comes from a committed offset, which may be ahead of what we had noted.
  if (fetched > known.next && fetched <= low) return lost(known.next, low);
  return null;
}

/** Whether changes were lost to a partition that stands at `next` already. */
export function refusePosition(next: number, { low, end }: PartitionEnds): string | null {
  if (low > next) return lost(next, low);
  return end < next ? madeAnew(next, end) : null;
}

/** The last change applied must be met again as the one it was, when its offset comes by. */
export function refuseHistory(
  { fetched, through }: { readonly fetched: number; readonly through: number },
  changes: ReadonlyArray<{ readonly offset: number; readonly timestamp: number }>,
  known: Position | undefined,
): string | null {
  const last = known?.last;
  if (!last || fetched > last.offset || through < last.offset) return null;
  const same = changes.find(({ offset }) => offset === last.offset);
  return same?.timestamp === last.timestamp ? null : madeAnew(last.offset, through + 1);
}

function lost(next: number, low: number): string {
  return `the topic begins at ${low}, and the documents stand at ${next}: ${low - next} offsets were removed before they were applied`;
}

function madeAnew(next: number, end: number): string {
  return `the topic is not the one that the documents were made from: they stand at offset ${next}, and its own are up to ${end}`;
}
