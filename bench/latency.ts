/**
 * Commit → document in MongoDB and → answer of the read API: single changes by plain SQL, one after the other, on an idle system, under the
 * reference load, and under ten times its writes. MongoDB's own sink takes the same topic in the same rounds; its JVM runs only while
 * documents are compared. READSIDE_BENCH_ROUNDS (3), READSIDE_BENCH_PROBES (150).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { MAX_WAIT_MS } from '../services/projector/consumer-life.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import projection from '../projections/profile.ts';
import { createLogger } from '../services/shared/logger.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { startMongoSink } from './peers/mongo-sink.ts';
import type { Clients } from './load/mixed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { latencyOutcome } from './support/latency-outcome.ts';
import type { Round } from './support/latency-outcome.ts';
import { REFERENCE, TEN_TIMES_ITS_WRITES, underLoad, warmUp } from './support/mixed-load.ts';
import { makeChange, observeDocument, observeReads, observeTopic } from './support/probe.ts';
import type { Observer } from './support/probe.ts';
import { quantiles } from './support/quantiles.ts';
import type { Quantiles } from './support/quantiles.ts';
import { seedProfiles } from './support/seed-profiles.ts';

const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const PROBES = Number(process.env['READSIDE_BENCH_PROBES'] ?? 150);
const USERS = 5000;
const WARM_UP = 50;
/** Where the text of a change is read. */
const SHOWN = { path: '/profiles', field: 'bio' };
const SINK = 'bench-latency-sink';
const LOADS = {
  idle: null,
  'reference load': REFERENCE,
  'ten times its writes': TEN_TIMES_ITS_WRITES,
} as const;

export const latency: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, readApiUrl } = system.info();
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = new MongoClient(mongoUrl);
  const kafka = createKafka('bench-latency', kafkaBrokers, createLogger('bench', 'silent'));
  const admin = kafka.admin();
  await Promise.all([sql.connect(), mongo.connect(), admin.connect()]);
  const documents = mongo.db().collection<StoredDocument>(projection.resource);
  let changes = 0;

  /** Milliseconds from commit, for each observer; they look at the same changes. */
  async function times<K extends string>(
    id: string,
    observers: Readonly<Record<K, Observer>>,
    count = PROBES,
  ): Promise<Record<K, Quantiles>> {
    const each = Object.entries<Observer>(observers).map(([name, observer]) => ({
      name,
      observer,
      found: [] as number[],
    }));
    for (let i = -WARM_UP; i < count; i++) {
      const change = await makeChange(sql, id, `change ${(changes += 1)}`);
      const seen = await Promise.all(each.map(({ observer }) => observer.seen(change)));
      if (i >= 0) each.forEach(({ found }, at) => found.push((seen[at] ?? 0) - change.committedAt));
      // Not in step with anybody's polling.
      await sleep(10 + Math.random() * 20, undefined, { signal });
    }
    return Object.fromEntries(each.map(({ name, found }) => [name, quantiles(found)])) as Record<
      K,
      Quantiles
    >;
  }

  async function closing<T>(observers: readonly Observer[], work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } finally {
      for (const observer of observers) await observer.close();
    }
  }

  try {
    const ids = await seedProfiles(sql, documents, USERS, signal);
    const [id = ''] = ids;
    const others: Clients = { of: 'profiles', know: ids.slice(1) };
    await warmUp(system, others, signal, tell);
    const inTopic = await observeTopic(kafka, admin, projection.topic);
    const toKafka = await closing([inTopic], () => times(id, { inTopic }));
    tell(`idle, commit → Kafka consumer: p50 ${toKafka.inTopic.p50} ms, p99 ${toKafka.inTopic.p99} ms`);

    const rounds: Round[] = [];
    const everyLoad = async (what: string, work: () => Promise<Record<string, Quantiles>>): Promise<void> => {
      for (let round = 1; round <= ROUNDS; round++)
        for (const [load, rates] of Object.entries(LOADS)) {
          signal.throwIfAborted();
          const done = rates
            ? await underLoad(system, others, rates, work)
            : { result: await work(), load: undefined };
          for (const [name, found] of Object.entries(done.result)) {
            tell(`${what}, round ${round}, ${load}, ${name}: p50 ${found.p50} ms, p99 ${found.p99} ms`);
            rounds.push({ load, name, found });
          }
          if (done.load) {
            const { writes, reads } = done.load;
            tell(
              `  the load: ${writes.rate} writes/s, p99 ${writes.p99} ms; ${reads.rate} reads/s, p99 ${reads.p99} ms`,
            );
            rounds.push({ load, name: 'reads of the load', found: reads });
          }
        }
    };

    const waiting = await observeReads(readApiUrl, true, SHOWN);
    const polled = await observeReads(readApiUrl, false, SHOWN);
    await closing([waiting, polled], () =>
      everyLoad('read API', async () => ({
        ...(await times(id, { 'waiting read': waiting })),
        ...(await times(id, { 'polled read': polled })),
      })),
    );

    const stopSink = await startMongoSink(
      { connectUrl, mongoUrl, name: SINK, topics: [projection.topic], database: 'bench_sink' },
      {
        // The topic's keys are plain texts; the sink's handler wants a document.
        'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
        transforms: 'key',
        'transforms.key.type': 'org.apache.kafka.connect.transforms.HoistField$Key',
        'transforms.key.field': 'id',
        // As ours.
        'consumer.override.fetch.max.wait.ms': String(MAX_WAIT_MS),
      },
    );
    try {
      const ours = await observeDocument(documents, { 'documentKey._id': id });
      const copies = mongo.db('bench_sink').collection(projection.topic);
      const sink = await observeDocument(copies, { 'documentKey._id.id': id });
      // It takes what the topic holds already, before it comes to this.
      await sink.seen(await makeChange(sql, id, 'the sink has caught up'));
      await closing([ours, sink], () =>
        everyLoad('document', async () => {
          const found = await times(id, { ours, sink });
          return { document: found.ours, 'document by the sink': found.sink };
        }),
      );
    } finally {
      await stopSink();
    }
    return latencyOutcome({
      rounds,
      toKafka: toKafka.inTopic,
      settings: { rounds: ROUNDS, changes: PROBES, users: USERS },
    });
  } finally {
    await Promise.all([sql.end(), mongo.close(), admin.disconnect()]);
  }
};
