/**
 * The counts beside what the documents say that they count in. Both are read at one moment, and each save changes both in one
 * transaction: so what differs is wrong, however many writers are active.
 */
import { Long, MongoBulkWriteError } from 'mongodb';
import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import type { StoredDocument } from '../stored-document.ts';
import { COUNTS, MENDED, addedBy, atOneMoment, exactCount, tallyCounts } from './tally-counts.ts';
import type { Count, Stored, TallyCount } from './tally-counts.ts';

export interface WrongCount {
  /** As `tallies.ts` writes it. */
  readonly tally: string;
  readonly counted: Count;
  readonly right: Count;
}

interface Compared extends WrongCount {
  /** The part of `counted` that was mended before. */
  readonly mended: Count;
}

/** In the order of the tallies. */
export async function compareCounts(documents: Collection<StoredDocument>): Promise<readonly WrongCount[]> {
  return (await compare(documents)).map(({ tally, counted, right }) => ({ tally, counted, right }));
}

/**
 * Adds what is missing. A difference stays the same whatever is saved meanwhile, so it may be added at any later moment; but only once,
 * which the count that it is added to says. Returns what was wrong.
 */
export async function mendCounts(documents: Collection<StoredDocument>): Promise<readonly WrongCount[]> {
  const wrong = await compare(documents);
  if (wrong.length === 0) return wrong;
  const additions = wrong.map(({ tally, counted, right, mended }): AnyBulkWriteOperation<TallyCount> => {
    const _id = { tally, part: MENDED };
    const $inc = { count: Long.fromBigInt(BigInt(right) - BigInt(counted)) };
    const filter = { _id, count: Long.fromBigInt(BigInt(mended)) };
    return { updateOne: { filter, update: { $inc }, upsert: BigInt(mended) === 0n } };
  });
  try {
    await tallyCounts(documents).bulkWrite(additions, { ordered: false, writeConcern: { w: 'majority' } });
  } catch (error) {
    if (!isOthers(error)) throw error;
  }
  return wrong.map(({ tally, counted, right }) => ({ tally, counted, right }));
}

/** Somebody else has mended the same counts. */
function isOthers(error: unknown): boolean {
  return (
    error instanceof MongoBulkWriteError &&
    [error.writeErrors].flat().every(({ code }) => code === DUPLICATE_KEY) &&
    error.result.getWriteConcernError() === undefined
  );
}

/** MongoDB's code. */
export const DUPLICATE_KEY = 11000;

async function compare(documents: Collection<StoredDocument>): Promise<readonly Compared[]> {
  const isMended = { $eq: ['$_id.part', MENDED] };
  const count = {
    tally: '$_id.tally',
    counted: '$count',
    right: 0,
    mended: { $cond: [isMended, '$count', 0] },
  };
  const { tally, amount } = addedBy('$$this');
  const told = { $map: { input: '$_tallies', in: { tally, counted: 0, right: amount, mended: 0 } } };
  const compared = await atOneMoment<
    Readonly<Record<'counted' | 'right' | 'mended', Stored>> & { readonly _id: string }
  >(
    documents,
    [
      { $match: { $or: [COUNTS, { _tallies: { $type: 'array' } }] } },
      { $project: { of: { $cond: [{ $eq: [{ $type: '$_id' }, 'object'] }, [count], told] } } },
      { $unwind: '$of' },
      {
        $group: {
          _id: '$of.tally',
          counted: { $sum: '$of.counted' },
          right: { $sum: '$of.right' },
          mended: { $sum: '$of.mended' },
        },
      },
      { $match: { $expr: { $ne: ['$counted', '$right'] } } },
      { $sort: { _id: 1 } },
    ],
    { allowDiskUse: true },
  );
  return compared.map(({ _id, counted, right, mended }) => ({
    tally: _id,
    counted: exactCount(counted),
    right: exactCount(right),
    mended: exactCount(mended),
  }));
}
