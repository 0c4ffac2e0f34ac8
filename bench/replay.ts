/**
 * Changes that stand in Kafka → an empty read model: how fast? Ours is the projector's own process. Beside it, in the same rounds: MongoDB's
 * own sink, kafkajs alone, kafkajs with JSON.parse, and a naive consumer (on a part of the changes, for it would take minutes). And
 * the projector's saves beside the driver's bulkWrite of the same documents. READSIDE_BENCH_USERS (50,000), READSIDE_BENCH_ROUNDS (3).
 */
import { MongoClient } from 'mongodb';
import { createDocumentStore } from '../services/projector/document-store.ts';
import { installSourceViews } from '../services/shared/install-source-view.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { runMongoSink } from './peers/mongo-sink.ts';
import replayed from './projections/replayed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compiled } from '../cli/local/compiled.ts';
import { INSERTS_PER_USER, insertsOf, updatesOf } from './support/envelopes.ts';
import { TABLES, fillTopic, sinkTopic } from './support/fill-topic.ts';
import { startMeasured } from './support/measured-process.ts';
import { forget, startProjector, untilCommitted } from './support/projectors.ts';
import { replayOutcome } from './support/replay-outcome.ts';
import type { ReplayRound } from './support/replay-outcome.ts';

const USERS = Number(process.env['READSIDE_BENCH_USERS'] ?? 50_000);
const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const UPDATES = USERS * INSERTS_PER_USER;
const NAIVE_EVENTS = 4000;
const BULK = 1000;
const PROJECTION = 'bench/projections/replayed.ts';

export const replay: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl } = system.info();
  const kafka = createKafka('bench-replay', kafkaBrokers, createLogger('bench', 'silent'));
  const admin = kafka.admin();
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([admin.connect(), mongo.connect()]);
  await installSourceViews(postgresUrl, [replayed]);
  const { topic, name, resource } = replayed;
  const documents = mongo.db().collection<StoredDocument>(resource);
  function* all() {
    yield* insertsOf(USERS);
    yield* updatesOf(USERS, UPDATES, 1);
  }
  const events = await fillTopic(kafka, replayed.stream, name, all());
  tell(`${events} changes of ${USERS} users are in the topic`);

  const ours = async (): Promise<Pick<ReplayRound, 'ours' | 'peakMb' | 'cpuMicros'>> => {
    await forget(mongo.db(), admin, replayed);
    const projector = startProjector(system, compiled(PROJECTION));
    try {
      const began = await projector.began;
      const cpu = projector.cpuSeconds();
      await untilCommitted(admin, replayed, events, signal);
      const ms = Date.now() - began;
      const live = await documents.countDocuments({ '_sync.phase': 'live' });
      if (live !== USERS) throw new Error(`${live} documents for ${USERS} users`);
      const cpuMicros = (1e6 * (projector.cpuSeconds() - cpu)) / events;
      return { ours: (1000 * events) / ms, peakMb: projector.peakMb(), cpuMicros };
    } finally {
      await projector.stop();
    }
  };
  const peer = async (mode: string, count: number): Promise<number> => {
    const args = [mode, kafkaBrokers, topic, String(count), mongoUrl];
    const child = startMeasured('bench/peers/consume.ts', args, {});
    try {
      const { events: done, ms } = await child.line((line) =>
        line.startsWith('{')
          ? (JSON.parse(line) as { readonly events: number; readonly ms: number })
          : undefined,
      );
      return (1000 * done) / ms;
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
    return (1000 * events) / ms;
  };
  /** Each document is new, and then replaced, in bulks of the same size. Documents a second. */
  const savesOf = async (
    saveAll: (bulk: readonly StoredDocument[], round: number) => Promise<unknown>,
  ): Promise<number> => {
    const finished = await documents.find().limit(SAVED).toArray();
    await saves.drop();
    for (const { key, name: index = '_id_' } of await documents.indexes())
      if (index !== '_id_') await saves.createIndex(key, { name: index });
    const began = performance.now();
    for (let round = 0; round < 2; round++)
      for (let at = 0; at < finished.length; at += BULK) await saveAll(finished.slice(at, at + BULK), round);
    return (2000 * finished.length) / (performance.now() - began);
  };
  const saves = mongo.db('bench').collection<StoredDocument>('saves');
  const store = createDocumentStore(saves);
  const moved = (document: StoredDocument, by: number): StoredDocument => {
    const at = Object.entries(document._sync.at).map(([partition, offset]) => [partition, offset + by]);
    return { ...document, _sync: { ...document._sync, at: Object.fromEntries(at) } };
  };
  const ourSaves = () =>
    savesOf((bulk, round) =>
      store.save(
        bulk.map((each) => ({
          document: moved(each, round),
          startedFrom: round === 0 ? null : each._sync.at,
        })),
      ),
    );
  const bulkWrites = () =>
    savesOf((bulk, round) =>
      saves.bulkWrite(
        bulk.map((each) => ({
          replaceOne: { filter: { _id: each._id }, replacement: moved(each, round), upsert: true },
        })),
        { ordered: false, writeConcern: { w: 'majority' } },
      ),
    );

  const rounds: ReplayRound[] = [];
  try {
    for (let round = 1; round <= ROUNDS; round++) {
      const mine = await ours();
      const result = {
        ...mine,
        kafkajs: await peer('count', events),
        kafkajsAndParse: await peer('parse', events),
        saves: await ourSaves(),
        bulkWrites: await bulkWrites(),
        sink: await sink(),
        naive: await peer('naive', NAIVE_EVENTS),
      };
      tell(
        `round ${round} of ${ROUNDS}: ${Object.entries(result)
          .map(([what, value]) => `${what} ${Math.round(value)}`)
          .join(', ')}`,
      );
      rounds.push(result);
    }
  } finally {
    await Promise.all([admin.disconnect(), mongo.close()]);
  }
  return replayOutcome({ events, users: USERS, rounds: ROUNDS }, rounds);
};

/** Documents in the comparison of saves. */
const SAVED = 20_000;
