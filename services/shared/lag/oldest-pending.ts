/**
 * When the oldest change that a group has not committed was committed in Postgres. Read from the change itself: the time at which
 * Kafka took it says nothing of how long the connector had kept it waiting.
 */
import type { Admin, Kafka } from 'kafkajs';
import { forgetGroup, passingGroup } from '../passing-group.ts';
import type { PartitionProgress, TopicProgress } from './topic-progress.ts';

const DEADLINE_MS = 10_000;

/**
 * Milliseconds since 1970; null when nothing but transaction markers is pending. Joins a group of its own for a moment, and removes
 * it. @throws Error when the broker does not give the changes within 10 s, or one has no commit time.
 */
export async function oldestPending(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  progress: TopicProgress,
): Promise<number | null> {
  const behind = progress.partitions.filter(({ lag }) => lag > 0);
  if (behind.length === 0) return null;
  const groupId = passingGroup('lag');
  const times = await firstOfEach(kafka, groupId, topic, behind);
  await forgetGroup(admin, groupId);
  return times.length === 0 ? null : Math.min(...times);
}

async function firstOfEach(
  kafka: Kafka,
  groupId: string,
  topic: string,
  behind: readonly PartitionProgress[],
): Promise<readonly number[]> {
  const consumer = kafka.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 50 });
  const waiting = new Map(behind.map((each) => [each.partition, each.end]));
  const times: number[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topic });
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(
        () =>
          reject(
            new Error(
              `Kafka did not give the oldest pending changes of ${topic} within ${DEADLINE_MS / 1000} s`,
            ),
          ),
        DEADLINE_MS,
      );
      const settle = (error?: unknown): void => {
        clearTimeout(deadline);
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('kafkajs failed', { cause: error }));
      };
      const finish = (partition: number): void => {
        waiting.delete(partition);
        if (waiting.size === 0) settle();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => settle(payload.error));
      // Markers are passed over without a message; behind the end that was known there is nothing to wait for.
      consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
        if (Number(payload.lastOffset) + 1 >= (waiting.get(payload.partition) ?? Infinity))
          finish(payload.partition);
      });
      const start = async (): Promise<void> => {
        await consumer.run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            if (!waiting.has(partition)) return;
            times.push(commitTime(message.value));
            finish(partition);
          },
        });
        for (const { partition, committed } of behind)
          consumer.seek({ topic, partition, offset: String(committed) });
      };
      start().catch(settle);
    });
  } finally {
    await consumer.disconnect();
  }
  return times;
}

function commitTime(value: Buffer | null): number {
  const envelope = JSON.parse(value?.toString('utf8') ?? 'null') as { source?: { ts_ms?: unknown } } | null;
  const time = envelope?.source?.ts_ms;
  if (typeof time !== 'number') throw new Error('the oldest pending change does not tell its commit time');
  return time;
}
