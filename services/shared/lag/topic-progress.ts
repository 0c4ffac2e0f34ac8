/** How far a consumer group has come in a topic, asked of Kafka. */
import type { Admin } from 'kafkajs';

export interface PartitionProgress {
  readonly partition: number;
  /** Offset the group would read next; the low watermark where it committed none. */
  readonly committed: number;
  readonly end: number;
  readonly lag: number;
}

export interface TopicProgress {
  readonly partitions: readonly PartitionProgress[];
  /** Sum over the partitions; transaction markers count, and are committed like changes. */
  readonly lagEvents: number;
}

export async function topicProgress(admin: Admin, topic: string, group: string): Promise<TopicProgress> {
  // Ends first: what is committed later than the question can only make the lag look smaller, never hide any.
  const ends = await admin.fetchTopicOffsets(topic);
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const byPartition = new Map(
    committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
  );
  const partitions = ends
    .map(({ partition, low, high }) => {
      const offset = byPartition.get(partition) ?? -1;
      const at = offset < 0 ? Number(low) : offset;
      return { partition, committed: at, end: Number(high), lag: Math.max(0, Number(high) - at) };
    })
    .toSorted((a, b) => a.partition - b.partition);
  return { partitions, lagEvents: partitions.reduce((sum, { lag }) => sum + lag, 0) };
}

const FINEST_MS = 50;

/**
 * When the oldest message that the group has not committed was written (ms since 1970), to 50 ms; null when there is none.
 * Found by asking the broker's time index, so no message is fetched and no group is joined.
 */
export async function oldestPending(
  admin: Admin,
  topic: string,
  progress: TopicProgress,
  nowMs: number,
): Promise<number | null> {
  const behind = progress.partitions.filter(({ lag }) => lag > 0);
  if (behind.length === 0) return null;
  /** True when all that was written before `time` is committed. */
  const allCommittedBefore = async (time: number): Promise<boolean> => {
    const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, time);
    const first = new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
    return behind.every(
      ({ partition, committed, end }) => Math.min(first.get(partition) ?? end, end) <= committed,
    );
  };
  let late = nowMs;
  let step = 1000;
  while (step < nowMs && !(await allCommittedBefore(nowMs - step))) {
    late = nowMs - step;
    step *= 4;
  }
  let early = Math.max(0, nowMs - step);
  while (late - early > FINEST_MS) {
    const middle = Math.floor((early + late) / 2);
    if (await allCommittedBefore(middle)) early = middle;
    else late = middle;
  }
  return early;
}
