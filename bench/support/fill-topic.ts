/**
 * Puts a known stream of changes into a topic of its own, as fast as Kafka takes it; and the same rows, table by table and keyed by
 * themselves, into topics as the sink wants them (`forSink`).
 */
import type { Kafka } from 'kafkajs';
import { DEFAULT_TOPIC_SETTINGS, createTopics, ensureTopics } from '../../connectors/topics.ts';
import { changesTopic } from '../../services/shared/stream-names.ts';
import type { Envelope } from './envelopes.ts';

const IN_A_REQUEST = 2000;
export const TABLES = ['users', 'addresses', 'preferences'] as const;

export function sinkTopic(stream: string, table: string): string {
  return `${stream}-sink.${table}`;
}

export async function fillTopic(
  kafka: Kafka,
  stream: string,
  projection: string,
  envelopes: Iterable<Envelope>,
  { forSink = true } = {},
): Promise<number> {
  const admin = kafka.admin();
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    await ensureTopics(admin, stream, DEFAULT_TOPIC_SETTINGS, [projection]);
    const topic = changesTopic(stream);
    let count = 0;
    const tables = forSink ? TABLES : [];
    const { partitions } = DEFAULT_TOPIC_SETTINGS;
    if (forSink)
      await createTopics(
        admin,
        tables.map((table) => ({ topic: sinkTopic(stream, table), numPartitions: partitions })),
      );
    let messages: Envelope[] = [];
    const send = async (): Promise<void> => {
      const rows = tables.map((table) => ({
        topic: sinkTopic(stream, table),
        messages: messages
          .filter((each) => each.table === table)
          .map(({ rowKey, value }) => ({ key: rowKey, value })),
      }));
      const whole = { topic, messages: messages.map(({ key, value }) => ({ key, value })) };
      await producer.sendBatch({ acks: -1, topicMessages: [whole, ...rows] });
      count += messages.length;
      messages = [];
    };
    for (const envelope of envelopes) {
      messages.push(envelope);
      if (messages.length === IN_A_REQUEST) await send();
    }
    if (messages.length > 0) await send();
    return count;
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect()]);
  }
}
