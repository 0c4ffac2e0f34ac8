/**
 * Changes that stand in Kafka → an empty read model: how fast? Ours is the projector's own process. Beside it, in the same rounds: kafkajs
 * alone, kafkajs with JSON.parse, the finished documents written by bulkWrite, and a naive consumer (on a part of the changes, for it
 * would take minutes). READSIDE_BENCH_USERS (50,000) and READSIDE_BENCH_ROUNDS (3).
 */
import { MongoClient } from 'mongodb';
import { withUser } from '../cli/local/services.ts';
import { installSourceViews } from '../services/shared/install-source-view.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { waitFor } from '../stack/wait.ts';
import replayed from './projections/replayed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compiled } from './support/build.ts';
import { INSERTS_PER_USER, insertsOf, updatesOf } from './support/envelopes.ts';
import { runMongoSink } from './peers/mongo-sink.ts';
import { TABLES, fillTopic, sinkTopic } from './support/fill-topic.ts';
import { startMeasured } from './support/measured-process.ts';

const USERS = Number(process.env['READSIDE_BENCH_USERS'] ?? 50_000);
const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const UPDATES = USERS * INSERTS_PER_USER;
const NAIVE_EVENTS = 4000;
const BULK = 1000;
const DEADLINE_MS = 600_000;
const PROJECTION = 'bench/projections/replayed.ts';

export const replay: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = system.info();
  const { secrets } = system.stack;
  const kafka = createKafka('bench-replay', kafkaBrokers, createLogger('bench', 'silent'));
  const admin = kafka.admin();
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([admin.connect(), mongo.connect()]);
  await installSourceViews(postgresUrl, [replayed]);
  const { topic, group, name, resource } = replayed;
  function* all() {
    yield* insertsOf(USERS);
    yield* updatesOf(USERS, UPDATES, 1);
  }
  const events = await fillTopic(kafka, replayed.stream, name, all());
  tell(`${events} changes of ${USERS} users are in the topic`);

  const ours = async () => {
    await mongo.db().collection(resource).drop();
    await mongo
      .db()
      .collection<StoredDocument>('_readside')
      .deleteMany({ _id: { $regex: `^${name}:` } });
    const { groups } = await admin.listGroups();
    if (groups.some(({ groupId }) => groupId === group)) await admin.deleteGroups([group]);
    const projector = startMeasured('services/projector/server.ts', [], {
      PROJECTION: compiled(PROJECTION),
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'info',
      DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
      KAFKA_BROKERS: kafkaBrokers,
      MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
      ...(process.env['READSIDE_BENCH_PROJECTOR'] === undefined
        ? {}
        : (JSON.parse(process.env['READSIDE_BENCH_PROJECTOR']) as Record<string, string>)),
    });
    try {
      const began = await projector.line((line) =>
        line.includes('"projecting"')
          ? (JSON.parse(line) as { readonly time: number | string }).time
          : undefined,
      );
      const cpu = projector.cpuSeconds();
      await waitFor(
        'the topic to be applied',
        async () => {
          const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
          const committed = offsets?.partitions.reduce(
            (sum, { offset }) => sum + Math.max(0, Number(offset)),
            0,
          );
          return committed === events;
        },
        { timeoutMs: DEADLINE_MS, intervalMs: 20, signal },
      );
      const ms = Date.now() - new Date(began).getTime();
      const documents = await mongo.db().collection(resource).countDocuments({ '_sync.phase': 'live' });
      if (documents !== USERS) throw new Error(`${documents} documents for ${USERS} users`);
      return {
        rate: Math.round((1000 * events) / ms),
        peakMb: Math.round(projector.peakMb()),
        cpuMicros: Math.round((1e7 * (projector.cpuSeconds() - cpu)) / events) / 10,
      };
    } finally {
      await projector.stop();
    }
  };
  const peer = async (mode: string, count: number): Promise<number> => {
    const child = startMeasured(
      'bench/peers/consume.ts',
      [mode, kafkaBrokers, topic, String(count), mongoUrl],
      {},
    );
    try {
      const { events: done, ms } = await child.line((line) =>
        line.startsWith('{')
          ? (JSON.parse(line) as { readonly events: number; readonly ms: number })
          : undefined,
      );
      return Math.round((1000 * done) / ms);
    } finally {
      await child.stop();
    }
  };
  let sinks = 0;
  const sink = async (): Promise<number> => {
    const topics = TABLES.map((table) => sinkTopic(replayed.stream, table));
    const database = 'bench_sink';
    await mongo.db(database).dropDatabase();
    const ms = await runMongoSink({
      connectUrl,
      mongoUrl,
      admin,
      name: `bench-sink-${(sinks += 1)}`,
      topics,
      database,
      signal,
    });
    const counts = await Promise.all(
      topics.map((each) => mongo.db(database).collection(each).countDocuments()),
    );
    const rows = counts.reduce((sum, count) => sum + count, 0);
    if (rows !== USERS * INSERTS_PER_USER) throw new Error(`the sink has ${rows} rows`);
    return Math.round((1000 * events) / ms);
  };
  const bulkWrite = async (): Promise<number> => {
    const documents = await mongo.db().collection<StoredDocument>(resource).find().toArray();
    const target = mongo.db('bench').collection<StoredDocument>('bulk');
    await target.drop();
    const began = performance.now();
    for (let at = 0; at < documents.length; at += BULK)
      await target.bulkWrite(
        documents.slice(at, at + BULK).map((document) => ({
          replaceOne: { filter: { _id: document._id }, replacement: document, upsert: true },
        })),
        { ordered: false, writeConcern: { w: 'majority' } },
      );
    return Math.round((1000 * documents.length) / (performance.now() - began));
  };

  const rounds = [];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const mine = await ours();
      const result = {
        ours: mine.rate,
        peakMb: mine.peakMb,
        cpuMicrosPerEvent: mine.cpuMicros,
        kafkajs: await peer('count', events),
        kafkajsAndParse: await peer('parse', events),
        bulkWriteDocuments: await bulkWrite(),
        sink: await sink(),
        naive: await peer('naive', NAIVE_EVENTS),
      };
      tell(`round ${round}: ${JSON.stringify(result)}`);
      rounds.push(result);
    }
  } finally {
    await Promise.all([admin.disconnect(), mongo.close()]);
  }
  return { events, users: USERS, rounds };
};
