/** Offsets by partition, as Kafka tells them and as they are noted. */
import type { Admin } from 'kafkajs';
import type { PartitionProgress } from '../../services/shared/lag/topic-progress.ts';

export type OffsetsByPartition = ReadonlyMap<number, number>;

/** As a record holds them. */
export type Offsets = Readonly<Record<string, number>>;

export function toOffsets(noted: Offsets): OffsetsByPartition {
  return new Map(Object.entries(noted).map(([partition, offset]) => [Number(partition), offset]));
}

/** Where the group stands. */
export function committedIn(partitions: readonly PartitionProgress[]): OffsetsByPartition {
  return new Map(partitions.map(({ partition, committed }) => [partition, committed]));
}

/** After the last change of each. */
export async function topicEnds(admin: Admin, topic: string): Promise<OffsetsByPartition> {
  const ends = await admin.fetchTopicOffsets(topic);
  return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
}

/** The first that Kafka took at that time, in ms since 1970, or later. */
export async function offsetsAt(admin: Admin, topic: string, time: number): Promise<OffsetsByPartition> {
  const found = await admin.fetchTopicOffsetsByTimestamp(topic, time);
  return new Map(found.map(({ partition, offset }) => [partition, Number(offset)]));
}
