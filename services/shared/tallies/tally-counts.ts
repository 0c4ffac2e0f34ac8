/**
 * How many documents count in each tally, or what they add up to in it: small documents of their own in the collection of those that they count, so that a rebuild
 * swaps both in one act. Their ids are objects, and those of documents are text: neither is ever taken for the other. A tally has a count
 * for each part of the documents, so that projectors of different partitions do not wait for each other; what is true is the sum.
 */
import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import { MongoServerError } from 'mongodb';
import type { AggregateOptions, Collection, Document, Long } from 'mongodb';
import { partitionsOf } from '../stored-document.ts';
import type { AppliedOffsets, StoredDocument } from '../stored-document.ts';

export interface TallyCount {
  readonly _id: { readonly tally: string; readonly part: string };
  readonly count: Stored;
}

/** The documents of a collection, without the counts. */
export const DOCUMENTS = { _id: { $gte: '' } } as const;
/** The counts of a collection, by the index of ids. */
export const COUNTS = { _id: { $gte: { tally: '', part: '' } } } as const;

export function tallyCounts({ db, collectionName }: Collection<StoredDocument>): Collection<TallyCount> {
  return db.collection<TallyCount>(collectionName);
}

/** Of what somebody has mended, and of documents that name no partition. */
export const MENDED = 'mended';

/** A count as the driver gives it: a Long where a double would not be exact. */
export type Stored = number | Long;
/** A count, or a sum: as digits where no double is exact. */
export type Count = number | string;

export function exactCount(stored: Stored): Count {
  return typeof stored === 'number' ? stored : stored.toString();
}

/** In a pipeline: what an element of `_tallies` adds, and to which tally. `element` as `$tallies` or `$$this`. */
export function addedBy(element: string): { readonly tally: object; readonly amount: object } {
  const isCounted = { $eq: [{ $type: element }, 'string'] };
  return {
    tally: { $cond: [isCounted, element, `${element}.tally`] },
    amount: { $toLong: { $cond: [isCounted, 1, `${element}.amount`] } },
  };
}

/** The part that a document is counted in: its partition. */
export function partOf(at: AppliedOffsets): string {
  return partitionsOf(at)[0] ?? MENDED;
}

/** SnapshotUnavailable and QueryPlanKilled: a rebuild has just put another collection in this one's place. */
const REPLACED: ReadonlySet<unknown> = new Set([246, 175]);
const again = retry(
  handleWhen((error) => error instanceof MongoServerError && REPLACED.has(error.code)),
  { maxAttempts: 40, backoff: new ConstantBackoff(25) },
);

/** What a pipeline gives of documents and counts as they stood at one moment, so that no save is seen in part. */
export function atOneMoment<T extends Document>(
  documents: Collection<StoredDocument>,
  pipeline: Document[],
  options: AggregateOptions = {},
): Promise<readonly T[]> {
  return again.execute(() =>
    documents.aggregate<T>(pipeline, { ...options, readConcern: { level: 'snapshot' } }).toArray(),
  );
}

/** Tally → count, of those that are not zero. */
export async function readCounts(
  documents: Collection<StoredDocument>,
  options: AggregateOptions = {},
): Promise<ReadonlyMap<string, Count>> {
  const sums = await atOneMoment<{ readonly _id: string; readonly count: Stored }>(
    documents,
    [
      { $match: COUNTS },
      { $group: { _id: '$_id.tally', count: { $sum: '$count' } } },
      { $match: { count: { $ne: 0 } } },
    ],
    options,
  );
  return new Map(sums.map(({ _id, count }) => [_id, exactCount(count)]));
}
