/** Reads a topic as it is at the call, from its beginning to its end, in a group of its own that is gone afterwards. */
import type { Kafka, KafkaMessage } from 'kafkajs';
import { forgetGroup, passingGroup, readOnly } from './passing-group.ts';

const MAX_BYTES = 64 * 1024 * 1024;

export interface ReadTopicOptions {
  readonly topic: string;
  /** Only these; all where it is left out. */
  readonly partitions?: readonly number[];
  /** What is looked for: a part of the group's name. */
  readonly name: string;
  readonly timeoutMs: number;
}

export interface PartitionRange {
  readonly partition: number;
  /** Offset of the first record that the topic still has. */
  readonly low: number;
  /** Offset after the last. */
  readonly end: number;
}

/**
 * In order within each partition. Transactions that were not committed, and markers, are not handed over. @throws DOMException after
 * `timeoutMs` without an end.
 */
export async function readTopic(
  kafka: Kafka,
  { topic, partitions, name, timeoutMs }: ReadTopicOptions,
  onRecord: (partition: number, record: KafkaMessage) => void,
): Promise<readonly PartitionRange[]> {
  const group = passingGroup(name);
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: MAX_BYTES,
  });
  try {
    const offsets = (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
      partition,
      low: Number(low),
      end: Number(high),
    }));
    const wanted = offsets.filter(({ partition }) => partitions?.includes(partition) ?? true);
    const ends = new Map(
      wanted.filter(({ low, end }) => end > low).map(({ partition, end }) => [partition, end]),
    );
    if (ends.size === 0) return wanted;
    readOnly(
      consumer,
      topic,
      offsets.map(({ partition }) => partition),
      (partition) => ends.has(partition),
    );
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      timeout.addEventListener('abort', () => reject(timeout.reason as Error), { once: true });
      const pass = (partition: number, next: number): void => {
        if (next >= (ends.get(partition) ?? Infinity)) ends.delete(partition);
        if (ends.size === 0) resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      // Markers at the end come without a record.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) =>
        pass(payload.partition, Number(payload.lastOffset) + 1),
      );
      consumer
        .run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            const end = ends.get(batch.partition) ?? -1;
            for (const record of batch.messages)
              if (Number(record.offset) < end) onRecord(batch.partition, record);
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    return wanted;
  } finally {
    await consumer.disconnect();
    await forgetGroup(admin, group);
    await admin.disconnect();
  }
}
