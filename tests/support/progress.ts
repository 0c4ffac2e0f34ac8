/** How far the projector has come, by partition: as its documents say it, and as its group has committed it. */
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { COUNTERS } from '../../services/shared/stored-document.ts';
import type { Pipeline } from './pipeline.ts';

/** Offset of the newest change that is in a document. */
export async function newestOffsets({ documents }: Pipeline): Promise<ReadonlyMap<number, number>> {
  const newest = await documents
    .aggregate<{ readonly _id: string; readonly offset: number }>([
      { $project: { at: { $objectToArray: '$_sync.at' } } },
      { $unwind: '$at' },
      { $match: { 'at.k': { $nin: COUNTERS } } },
      { $group: { _id: '$at.k', offset: { $max: '$at.v' } } },
    ])
    .toArray();
  return new Map(newest.map(({ _id, offset }) => [Number(_id), offset]));
}

/** Offset that the group would read next. */
export async function committedOffsets({
  admin,
  projection,
}: Pipeline): Promise<ReadonlyMap<number, number>> {
  const { partitions } = await topicProgress(admin, projection.topic, projection.group);
  return new Map(partitions.map(({ partition, committed }) => [partition, committed]));
}
