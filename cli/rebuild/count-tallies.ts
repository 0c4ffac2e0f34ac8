/** The counts of documents that a rebuild has copied, made in one pass over them; and the proof that they are right, before the swap. */
import type { Collection } from 'mongodb';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { COUNTERS } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { compareCounts } from '../../services/shared/tallies/compare-counts.ts';
import { COUNTS, MENDED, addedBy, tallyCounts } from '../../services/shared/tallies/tally-counts.ts';
import { RebuildError } from './rebuild-error.ts';

type Counting = Pick<Projection, 'talliesOf'>;

const PARTITIONS = {
  $filter: {
    input: { $map: { input: { $objectToArray: '$_sync.at' }, in: '$$this.k' } },
    cond: { $not: [{ $in: ['$$this', COUNTERS] }] },
  },
};

/** While nobody writes the documents; whatever counts there are is removed. Does nothing where the projection counts nothing. */
export async function countTallies(
  { talliesOf }: Counting,
  documents: Collection<StoredDocument>,
): Promise<void> {
  if (talliesOf === null) return;
  await tallyCounts(documents).deleteMany(COUNTS);
  const added = addedBy('$tally');
  const counted = documents.aggregate(
    [
      { $match: { _tallies: { $type: 'array' } } },
      { $project: { tally: '$_tallies', part: { $ifNull: [{ $first: PARTITIONS }, MENDED] } } },
      { $unwind: '$tally' },
      { $group: { _id: { tally: added.tally, part: '$part' }, count: { $sum: added.amount } } },
      { $merge: { into: documents.collectionName, whenMatched: 'fail', whenNotMatched: 'insert' } },
    ],
    { allowDiskUse: true, writeConcern: { w: 'majority' } },
  );
  await counted.toArray();
}

/** @throws RebuildError */
export async function requireRightCounts(
  { talliesOf }: Counting,
  documents: Collection<StoredDocument>,
): Promise<void> {
  if (talliesOf === null) return;
  const [first, ...more] = await compareCounts(documents);
  if (!first) return;
  const { tally, counted, right } = first;
  const others = more.length === 0 ? '' : `, and ${more.length} more counts`;
  throw new RebuildError(
    `the shadow counts ${counted} in ${tally}, and its documents say ${right}${others}: begin again`,
  );
}
