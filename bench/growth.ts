/**
 * What a change and a read cost, how much memory projector and read API take and how long they take to start, with few documents and with
 * many. The documents are put into MongoDB as the projector would have made them. At each size the same number of changes goes to the
 * same number of users, spread evenly over all: else more would be merged where there are few, and that is no growth.
 * READSIDE_BENCH_SIZES (10000,100000; with --full 1000000 as well), READSIDE_BENCH_ROUNDS (3).
 */
import { MongoClient } from 'mongodb';
import { changesTopic } from '../services/shared/stream-names.ts';
import { installSourceViews } from '../services/shared/install-source-view.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import { waitFor } from '../stack/wait.ts';
import replayed from './projections/replayed.ts';
import { askAll } from './load/clients.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compiled } from '../cli/local/compiled.ts';
import { idOf, updatesOf } from './support/envelopes.ts';
import { fillDocuments } from './support/fill-documents.ts';
import { fillTopic } from './support/fill-topic.ts';
import { growthOutcome } from './support/growth-outcome.ts';
import type { SizeRounds } from './support/growth-outcome.ts';
import { forget, startProjector, startReadApi, untilCommitted } from './support/projectors.ts';

const PROJECTION = 'bench/projections/replayed.ts';
const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const CHANGES = 100_000;
const CHANGED_USERS = 10_000;
const READS = 20_000;
const READERS = 50;
const PARTITIONS = 12;
const TOPIC_DEADLINE_MS = 30_000;

export const growth: Benchmark = async (system, signal, tell, { full }) => {
  const sizes = sizesOf(full);
  const { postgresUrl, mongoUrl, kafkaBrokers } = system.info();
  const kafka = createKafka('bench-growth', kafkaBrokers, createLogger('bench', 'silent'));
  const admin = kafka.admin();
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([admin.connect(), mongo.connect()]);
  await installSourceViews(postgresUrl, [replayed]);
  const topic = changesTopic(replayed.stream);
  const found: SizeRounds[] = [];

  /** `total`: changes in the topic, the last CHANGES of which are to be applied. */
  const applyAll = async (
    total: number,
  ): Promise<Record<'start' | 'perChange' | 'cpuPerChange' | 'peakMb', number>> => {
    const projector = startProjector(system, compiled(PROJECTION));
    try {
      const began = await projector.began;
      const cpu = projector.cpuSeconds();
      await untilCommitted(admin, replayed, total, signal);
      return {
        start: (began - projector.startedAt) / 1000,
        perChange: (1000 * (Date.now() - began)) / CHANGES,
        cpuPerChange: (1e6 * (projector.cpuSeconds() - cpu)) / CHANGES,
        peakMb: projector.peakMb(),
      };
    } finally {
      await projector.stop();
    }
  };
  const readAll = async (
    size: number,
  ): Promise<Record<'start' | 'perRead' | 'cpuPerRead' | 'peakMb', number>> => {
    const api = startReadApi(system, compiled(PROJECTION));
    try {
      const began = await api.began;
      const url = await api.line((line) => /"address":"([^"]+)"/.exec(line)?.[1]);
      const reads = Array.from({ length: READS }, () => ({
        method: 'GET',
        path: `/${replayed.resource}/${idOf(Math.floor(Math.random() * size))}`,
      }));
      await askAll(url, READERS, reads.slice(0, READS / 10));
      const cpu = api.cpuSeconds();
      const rate = await askAll(url, READERS, reads);
      return {
        start: (began - api.startedAt) / 1000,
        perRead: 1e6 / rate,
        cpuPerRead: (1e6 * (api.cpuSeconds() - cpu)) / READS,
        peakMb: api.peakMb(),
      };
    } finally {
      await api.stop();
    }
  };

  try {
    for (const size of sizes) {
      await forget(mongo.db(), admin, replayed);
      if ((await admin.listTopics()).includes(topic)) {
        await admin.deleteTopics({ topics: [topic] });
        await waitFor('the topic to be gone', async () => !(await admin.listTopics()).includes(topic), {
          timeoutMs: TOPIC_DEADLINE_MS,
          signal,
        });
      }
      tell(`making ${size} documents`);
      await fillDocuments(mongo.db(), replayed, size, PARTITIONS, signal);
      const rounds = [];
      for (let round = 0; round <= ROUNDS; round++) {
        const changes = updatesOf(CHANGED_USERS, CHANGES, round, size / CHANGED_USERS);
        await fillTopic(kafka, replayed.stream, replayed.name, changes, { forSink: false });
        const projector = await applyAll((round + 1) * CHANGES);
        const reader = await readAll(size);
        if (round === 0) continue; // the first warms MongoDB's cache and the disk's
        tell(
          `${size} users, round ${round}: ${projector.perChange.toFixed(1)} µs a change, ${reader.perRead.toFixed(1)} µs a read`,
        );
        rounds.push({ projector, reader });
      }
      found.push({ size, rounds });
    }
    return growthOutcome(found, {
      rounds: ROUNDS,
      changes: CHANGES,
      'users changed': CHANGED_USERS,
      reads: READS,
      readers: READERS,
    });
  } finally {
    await Promise.all([admin.disconnect(), mongo.close()]);
  }
};

function sizesOf(full: boolean): readonly number[] {
  const given = process.env['READSIDE_BENCH_SIZES'];
  if (given === undefined) return full ? [10_000, 100_000, 1_000_000] : [10_000, 100_000];
  const sizes = given.split(',').map(Number);
  if (sizes.some((size) => !(size >= CHANGED_USERS && size % CHANGED_USERS === 0)))
    throw new Error(`READSIDE_BENCH_SIZES: multiples of ${CHANGED_USERS}, as 10000,100000`);
  return sizes;
}
