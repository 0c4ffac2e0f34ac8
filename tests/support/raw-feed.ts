/** The projector's feed on a topic of a test's own: what kafkajs does by itself is made to happen on the real broker. */
import type { Admin } from 'kafkajs';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { MongoClient } from 'mongodb';
import type { RawChange } from '../../services/projector/change-feed.ts';
import { createTopics } from '../../connectors/topics.ts';
import { createKafkaFeed } from '../../services/projector/kafka-feed.ts';
import type { KafkaFeed, KafkaFeedOptions } from '../../services/projector/kafka-feed.ts';
import { createPositionStore, positionId } from '../../services/projector/position-record.ts';
import type { PositionRecord } from '../../services/projector/position-record.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { stackEndpoints } from './stack.ts';

export interface RawFeedMember {
  readonly feed: KafkaFeed;
  /** Offsets given to the worker, in order. */
  readonly taken: number[];
  /** What the process would have ended with. */
  readonly crashes: Error[];
  start(): Promise<void>;
}

export interface MemberOptions extends Partial<
  Pick<KafkaFeedOptions, 'noProgressMs' | 'sessionTimeoutMs' | 'fetchBytes'>
> {
  /** Instead of the broker's own. */
  readonly port?: number;
  /** Before changes count as applied. */
  readonly work?: (changes: readonly RawChange[], signal: AbortSignal) => Promise<void>;
}

export interface RawTopic {
  readonly name: string;
  readonly port: number;
  readonly admin: Admin;
  produce(count: number): Promise<void>;
  /** Removes what lies below. */
  truncate(below: number): Promise<void>;
  remake(): Promise<void>;
  committed(): Promise<number>;
  /** What a rebuild does to the record. */
  forgetPosition(): Promise<void>;
  member(options?: MemberOptions): RawFeedMember;
  close(): Promise<void>;
}

export async function openRawTopic(): Promise<RawTopic> {
  const { kafkaBrokers, mongoUrl } = stackEndpoints();
  const [host = '', port = ''] = kafkaBrokers.split(':');
  const name = `raw-${randomBytes(4).toString('hex')}`;
  const logger = createLogger('raw-feed', 'silent');
  const kafka = createKafka(name, kafkaBrokers, logger);
  const admin = kafka.admin();
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([admin.connect(), producer.connect(), mongo.connect()]);
  const records = mongo.db().collection<PositionRecord>('_readside');
  const positions = createPositionStore(records, positionId({ name, version: 1 }), (work) => work());
  const make = (): Promise<void> =>
    createTopics(admin, [{ topic: name, numPartitions: 1, replicationFactor: 1 }]);
  await make();
  const members: RawFeedMember[] = [];

  function member({ port: other, work, ...options }: MemberOptions = {}): RawFeedMember {
    const taken: number[] = [];
    const crashes: Error[] = [];
    const own =
      other === undefined
        ? kafka
        : createKafka(name, kafkaBrokers, logger, {
            retries: 1,
            socketFactory: ({ onConnect }) => connect(other, host, onConnect),
          });
    const feed = createKafkaFeed({
      kafka: own,
      admin,
      topic: name,
      group: name,
      concurrency: 1,
      batchSize: 100,
      sessionTimeoutMs: 6000,
      positions,
      remedy: `readside rebuild ${name}`,
      logger,
      onCrash: (error) => void crashes.push(error),
      ...options,
    });
    const made: RawFeedMember = {
      feed,
      taken,
      crashes,
      start: () =>
        feed.start((session) => ({
          take: async ({ changes, next }) => {
            await work?.(changes, session.signal);
            session.signal.throwIfAborted();
            taken.push(...changes.map(({ offset }) => offset));
            session.commit(next);
          },
          settled: () => Promise.resolve(),
        })),
    };
    members.push(made);
    return made;
  }

  return {
    name,
    port: Number(port),
    admin,
    member,
    produce: async (count) => {
      const messages = Array.from({ length: count }, (_, i) => ({ key: 'k', value: String(i) }));
      await producer.send({ topic: name, messages });
    },
    truncate: (below) =>
      admin.deleteTopicRecords({ topic: name, partitions: [{ partition: 0, offset: String(below) }] }),
    async remake() {
      await admin.deleteTopics({ topics: [name] });
      while ((await admin.listTopics()).includes(name));
      await make();
    },
    async committed() {
      const [found] = await admin.fetchOffsets({ groupId: name, topics: [name] });
      return Number(found?.partitions[0]?.offset ?? -1);
    },
    forgetPosition: async () => {
      await records.deleteOne({ _id: positionId({ name, version: 1 }) });
    },
    async close() {
      await Promise.all(members.map(({ feed }) => feed.stop()));
      await records.deleteOne({ _id: positionId({ name, version: 1 }) });
      await admin.deleteTopics({ topics: [name] });
      await Promise.all([admin.disconnect(), producer.disconnect(), mongo.close()]);
    },
  };
}
