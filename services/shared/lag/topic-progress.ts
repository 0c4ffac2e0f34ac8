/** How far a consumer group has come in a topic, asked of Kafka. */
import type { Admin } from 'kafkajs';

export interface PartitionProgress {
  readonly partition: number;
  /** Offset the group would read next; the low watermark where it committed none. */
  readonly committed: number;
  /** What it has committed, also where that lies outside of the topic; null: nothing yet. */
  readonly stored: number | null;
  /** The low watermark: what lies below was removed from the topic. */
  readonly low: number;
  readonly end: number;
  readonly lag: number;
}

export interface TopicProgress {
  readonly partitions: readonly PartitionProgress[];
  /** Sum over the partitions; transaction markers count, and are committed like changes. */
  readonly lagEvents: number;
}

/** Low watermark and end of each partition, as kafkajs tells them. */
export type TopicEnds = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

/** `known`: the ends, where they were asked just now. */
export async function topicProgress(
  admin: Admin,
  topic: string,
  group: string,
  known?: TopicEnds,
): Promise<TopicProgress> {
  // Ends first: what is committed later than the question can only make the lag look smaller, never hide any.
  const first = known ?? (await admin.fetchTopicOffsets(topic));
  const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const byPartition = new Map(
    committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
  );
  // And then again, where that much later would look like a topic that was made anew.
  const isPassed = first.some(({ partition, high }) => (byPartition.get(partition) ?? -1) > Number(high));
  const ends = isPassed ? await admin.fetchTopicOffsets(topic) : first;
  const partitions = ends
    .map(({ partition, low, high }) => {
      const offset = byPartition.get(partition) ?? -1;
      const at = offset < 0 ? Number(low) : offset;
      return {
        partition,
        committed: at,
        stored: offset < 0 ? null : offset,
        low: Number(low),
        end: Number(high),
        lag: Math.max(0, Number(high) - at),
      };
    })
    .toSorted((a, b) => a.partition - b.partition);
  return { partitions, lagEvents: partitions.reduce((sum, { lag }) => sum + lag, 0) };
}
