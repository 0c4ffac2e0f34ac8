/** Puts a known stream of changes into a topic of its own, as fast as Kafka takes it. */
import type { Kafka } from 'kafkajs';
import { DEFAULT_TOPIC_SETTINGS, ensureTopics } from '../../connectors/topics.ts';
import { changesTopic } from '../../services/shared/stream-names.ts';
import type { Envelope } from './envelopes.ts';

const IN_A_REQUEST = 2000;

export async function fillTopic(
  kafka: Kafka,
  stream: string,
  projection: string,
  envelopes: Iterable<Envelope>,
): Promise<number> {
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
  try {
    await ensureTopics(admin, stream, DEFAULT_TOPIC_SETTINGS, [projection]);
    const topic = changesTopic(stream);
    let count = 0;
    let messages: Envelope[] = [];
    const send = async (): Promise<void> => {
      await producer.send({ topic, acks: -1, messages });
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
