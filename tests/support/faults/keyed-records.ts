/** The records of some keys, byte for byte as they stand in a topic. */
import { randomBytes } from 'node:crypto';
import type { RawChange } from '../../../services/projector/change-feed.ts';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { waitFor } from '../../../stack/wait.ts';
import { stackEndpoints } from '../stack.ts';

export interface KeyedRecord extends RawChange {
  readonly partition: number;
}

/** Resolves when so many records of these keys have been read; each key's in their order. */
export async function recordsOf(
  topic: string,
  keys: ReadonlySet<string>,
  count: number,
): Promise<readonly KeyedRecord[]> {
  const group = `records-of-${randomBytes(3).toString('hex')}`;
  const kafka = createKafka(group, stackEndpoints().kafkaBrokers, createLogger(group, 'silent'));
  const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false });
  const found: KeyedRecord[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message: { key, value, offset, timestamp } }) => {
        if (keys.has(key?.toString('utf8') ?? ''))
          found.push({ partition, offset: Number(offset), key, value, timestamp: Number(timestamp) });
        return Promise.resolve();
      },
    });
    await waitFor(`${count} records of ${keys.size} keys`, () => found.length >= count, {
      timeoutMs: 60_000,
    });
    return found;
  } finally {
    await consumer.disconnect();
  }
}

/** The last of each key. */
export function newestOf(records: readonly KeyedRecord[]): readonly KeyedRecord[] {
  return [...new Map(records.map((each) => [each.key?.toString('utf8'), each])).values()];
}
