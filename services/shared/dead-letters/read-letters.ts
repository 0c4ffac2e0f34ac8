/** Reads a projection's dead letters from Kafka, from the beginning to the end as it is at the call. */
import { randomBytes } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import { fromRecord } from './letter.ts';
import type { Letter } from './letter.ts';

const MAX_BYTES = 64 * 1024 * 1024;

/** `wanted`: those to keep; what a crash has left twice is handed over twice. @throws DOMException after `timeoutMs` without an end. */
export async function readLetters(
  kafka: Kafka,
  topic: string,
  wanted: (letter: Letter) => boolean,
  timeoutMs = 120_000,
): Promise<readonly Letter[]> {
  const group = `readside-dlq-${randomBytes(6).toString('hex')}`;
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 50,
    maxBytesPerPartition: MAX_BYTES,
  });
  try {
    const offsets = await admin.fetchTopicOffsets(topic);
    const ends = new Map(
      offsets
        .filter(({ low, high }) => Number(high) > Number(low))
        .map(({ partition, high }) => [partition, Number(high)]),
    );
    if (ends.size === 0) return [];
    const letters: Letter[] = [];
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      timeout.addEventListener('abort', () => reject(timeout.reason as Error), { once: true });
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer
        .run({
          autoCommit: false,
          eachBatch: ({ batch }) => {
            for (const { key, value, headers } of batch.messages) {
              const letter = fromRecord(key, value, headers ?? {});
              if (letter && wanted(letter)) letters.push(letter);
            }
            if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0))
              ends.delete(batch.partition);
            if (ends.size === 0) resolve();
            return Promise.resolve();
          },
        })
        .catch(reject);
    });
    return letters;
  } finally {
    await consumer.disconnect();
    await forget(() => admin.deleteGroups([group]));
    await admin.disconnect();
  }
}

/** A group without offsets is ended by the broker too, later. */
async function forget(remove: () => Promise<unknown>): Promise<void> {
  await remove().catch((error: unknown) => {
    if (!(error instanceof Error) || !error.name.startsWith('KafkaJS')) throw error;
  });
}
