/** A topic's records as bytes: everything that stands in it, and records that no connector would write. */
import { randomBytes } from 'node:crypto';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { waitFor } from '../../stack/wait.ts';
import { stackEndpoints } from './stack.ts';

export interface RawRecord {
  readonly key: string | null;
  readonly value: string | Buffer | null;
  /** Where it is not the one that the key gives, as Connect's producer reckons it. */
  readonly partition?: number;
}

/** In the order given. */
export async function produceRaw(topic: string, records: readonly RawRecord[]): Promise<void> {
  const kafka = createKafka('raw-topic', stackEndpoints().kafkaBrokers, createLogger('raw-topic', 'silent'));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  try {
    await producer.send({ topic, acks: -1, messages: [...records] });
  } finally {
    await producer.disconnect();
  }
}

/** Keys and values from the beginning up to the end as it is at the call; transactions that are open or aborted included. */
export async function readWholeTopic(topic: string): Promise<readonly string[]> {
  const group = `raw-topic-${randomBytes(3).toString('hex')}`;
  const kafka = createKafka(group, stackEndpoints().kafkaBrokers, createLogger('raw-topic', 'silent'));
  const admin = kafka.admin();
  const consumer = kafka.consumer({
    groupId: group,
    readUncommitted: true,
    allowAutoTopicCreation: false,
    maxWaitTimeInMs: 50,
  });
  await admin.connect();
  await consumer.connect();
  try {
    const ends = new Map(
      (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]),
    );
    const open = new Set([...ends].filter(([, end]) => end > 0).map(([partition]) => partition));
    const texts: string[] = [];
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch }) => {
        texts.push(
          ...batch.messages.map(({ key, value }) => `${key?.toString('utf8')} ${value?.toString('utf8')}`),
        );
        if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0)) open.delete(batch.partition);
        return Promise.resolve();
      },
    });
    await waitFor(`the end of ${topic}`, () => open.size === 0, { timeoutMs: 30_000 });
    return texts;
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([group]);
    await admin.disconnect();
  }
}
