/** What somebody may try in Kafka, each rejecting with what the broker said. */
import { randomBytes } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { PASSING_GROUPS } from '../../../services/shared/stream-names.ts';

export type KafkaAct = (kafka: Kafka) => Promise<unknown>;

const CONFIG_OF_TOPIC = 2;
/** In kafkajs' numbers: the projector may do everything with every topic. */
const EVERYTHING = {
  resourceType: 2,
  resourceName: '*',
  resourcePatternType: 3,
  principal: 'User:projector',
  host: '*',
  operation: 2,
  permissionType: 3,
};

function asAdmin(work: (admin: Admin) => Promise<unknown>): KafkaAct {
  return async (kafka) => {
    const admin = kafka.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
}

export const write =
  (topic: string, transactionalId?: string): KafkaAct =>
  async (kafka) => {
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      ...(transactionalId === undefined
        ? {}
        : { transactionalId, maxInFlightRequests: 1, idempotent: true, retry: { retries: 1 } }),
    });
    await producer.connect();
    try {
      const sender = transactionalId === undefined ? producer : await producer.transaction();
      await sender.send({ topic, messages: [{ key: 'forbidden', value: 'forbidden' }] });
    } finally {
      await producer.disconnect();
    }
  };

/** As a member of a group: a passing one, which everybody here may have, where none is named. */
export const read =
  (topic: string, group = `${PASSING_GROUPS}forbidden-${randomBytes(4).toString('hex')}`): KafkaAct =>
  async (kafka) => {
    const consumer = kafka.consumer({
      groupId: group,
      allowAutoTopicCreation: false,
      maxWaitTimeInMs: 50,
      retry: { retries: 0, restartOnFailure: () => Promise.resolve(false) },
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await new Promise((resolve, reject) => {
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer.on(consumer.events.FETCH, resolve);
        consumer.run({ autoCommit: false, eachMessage: () => Promise.resolve() }).catch(reject);
      });
    } finally {
      await consumer.disconnect();
    }
  };

export const createTopic = (topic: string): KafkaAct =>
  asAdmin((admin) => admin.createTopics({ topics: [{ topic }] }));
export const deleteTopic = (topic: string): KafkaAct =>
  asAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
export const alterTopic = (topic: string): KafkaAct =>
  asAdmin((admin) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: CONFIG_OF_TOPIC, name: topic, configEntries: [{ name: 'retention.ms', value: '1' }] },
      ],
    }),
  );
export const addPartitions = (topic: string): KafkaAct =>
  asAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 99 }] }));
export const offsetsOf = (group: string, topic: string): KafkaAct =>
  asAdmin((admin) => admin.fetchOffsets({ groupId: group, topics: [topic] }));
export const deleteGroup = (group: string): KafkaAct => asAdmin((admin) => admin.deleteGroups([group]));
export const grantItself: KafkaAct = asAdmin((admin) => admin.createAcls({ acl: [EVERYTHING] }));

/** kafkajs' words for what the broker refuses before there is a coordinator; of the rest it hands on the type. */
const GROUP = 'Not authorized to access group: Group authorization failed';
const TRANSACTION = 'Transactional Id authorization failed';

/**
 * What the broker refused: `TOPIC_AUTHORIZATION_FAILED`, say. Who looks for a coordinator is told by kafkajs only that there is none; what the
 * broker answered stands in its log, of which `told` are the lines. Anything else is told as it is.
 */
export function refusalIn(error: unknown, told: readonly string[]): string {
  const type = typeOf(error);
  if (type !== undefined) return type;
  if (told.some((line) => line.includes(GROUP))) return 'GROUP_AUTHORIZATION_FAILED';
  if (told.some((line) => line.includes(TRANSACTION))) return 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED';
  return `${String(error)} ${told.join('')}`;
}

/** Of Kafka's protocol, however it is wrapped. */
function typeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('type' in error && typeof error.type === 'string') return error.type;
  const { cause, errors, groups } = error as {
    readonly cause?: unknown;
    readonly errors?: readonly unknown[];
    readonly groups?: ReadonlyArray<{ readonly error?: unknown }>;
  };
  return typeOf(cause ?? errors?.[0] ?? groups?.[0]?.error);
}
