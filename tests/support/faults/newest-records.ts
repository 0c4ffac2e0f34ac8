/** The newest record of each key, byte for byte as it stands in a topic. */
import { randomBytes } from 'node:crypto';
import type { Message } from 'kafkajs';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { waitFor } from '../../../stack/wait.ts';
import { stackEndpoints } from '../stack.ts';

/** Resolves when so many records of these keys have been read. */
export async function newestRecords(
  topic: string,
  keys: ReadonlySet<string>,
  count: number,
): Promise<readonly Message[]> {
  const group = `newest-records-${randomBytes(3).toString('hex')}`;
  const kafka = createKafka(group, stackEndpoints().kafkaBrokers, createLogger('newest', 'silent'));
  const consumer = kafka.consumer({ groupId: group, allowAutoTopicCreation: false });
  const newest = new Map<string, Message>();
  let seen = 0;
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ partition, message: { key, value } }) => {
        const name = key?.toString('utf8') ?? '';
        if (!keys.has(name)) return Promise.resolve();
        seen += 1;
        newest.set(name, { key, value, partition });
        return Promise.resolve();
      },
    });
    await waitFor(`${count} records of ${keys.size} keys`, () => seen >= count, { timeoutMs: 60_000 });
    return [...newest.values()];
  } finally {
    await consumer.disconnect();
  }
}
