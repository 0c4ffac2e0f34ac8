/**
 * 1, 2 and 3 projectors on a topic of 12 partitions, and 1 and 2 read APIs: what another process gives on this machine, whose servers take
 * their share of its cores. READSIDE_BENCH_USERS (30,000), READSIDE_BENCH_ROUNDS (2).
 */
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../services/shared/freshness-record.ts';
import { installSourceViews } from '../services/shared/install-source-view.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import { LEASE_MS, controlId } from '../services/shared/rebuild-control.ts';
import type { RebuildControl } from '../services/shared/rebuild-control.ts';
import { waitFor } from '../stack/wait.ts';
import { askAll } from './load/clients.ts';
import replayed from './projections/replayed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compiled } from '../cli/local/compiled.ts';
import { INSERTS_PER_USER, idOf, insertsOf, updatesOf } from './support/envelopes.ts';
import { fillTopic } from './support/fill-topic.ts';
import { figure, median } from './support/outcome.ts';
import { committedBy, forget, startProjector, startReadApi } from './support/projectors.ts';

const PROJECTION = 'bench/projections/replayed.ts';
const USERS = Number(process.env['READSIDE_BENCH_USERS'] ?? 30_000);
const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 2);
const PROJECTORS = [1, 2, 3];
const READERS = [1, 2];
const READS = 30_000;
const CONNECTIONS = 50;
/** While processes still join, one may have all partitions: what is applied until then is not counted. */
const COUNTED_FROM = 0.25;
const DEADLINE_MS = 300_000;

export const scale: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, kafkaBrokers } = system.info();
  const kafka = createKafka('bench-scale', kafkaBrokers, createLogger('bench', 'silent'));
  const admin = kafka.admin();
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([admin.connect(), mongo.connect()]);
  await installSourceViews(postgresUrl, [replayed]);
  function* all() {
    yield* insertsOf(USERS);
    yield* updatesOf(USERS, USERS * INSERTS_PER_USER, 1);
  }

  /** Changes a second by so many projectors, which all begin at once. */
  const apply = async (count: number, changes: number): Promise<number> => {
    await forget(mongo.db(), admin, replayed);
    const release = await hold(mongo.db());
    const projectors = Array.from({ length: count }, () => startProjector(system, compiled(PROJECTION)));
    try {
      await Promise.all(projectors.map(({ began }) => began));
      await release();
      let from: { readonly at: number; readonly done: number } | undefined;
      let rate = 0;
      await waitFor(
        `${changes} changes to be applied`,
        async () => {
          const done = await committedBy(admin, replayed);
          const at = performance.now();
          if (done >= COUNTED_FROM * changes) from ??= { at, done };
          if (done < changes || !from) return false;
          rate = (1000 * (done - from.done)) / (at - from.at);
          return true;
        },
        { timeoutMs: DEADLINE_MS, intervalMs: 20, signal },
      );
      return rate;
    } finally {
      await release();
      await Promise.all(projectors.map((each) => each.stop()));
    }
  };
  /** Reads a second from so many read APIs. */
  const read = async (count: number): Promise<number> => {
    const apis = Array.from({ length: count }, () => startReadApi(system, compiled(PROJECTION)));
    try {
      const urls = await Promise.all(
        apis.map((api) => api.line((line) => /"address":"([^"]+)"/.exec(line)?.[1])),
      );
      const some = (length: number) =>
        Array.from({ length }, () => ({
          method: 'GET',
          path: `/${replayed.resource}/${idOf(Math.floor(Math.random() * USERS))}`,
        }));
      const ask = async (reads: number): Promise<number> => {
        const rates = await Promise.all(
          urls.map((url) => askAll(url, CONNECTIONS / count, some(reads / count))),
        );
        return rates.reduce((sum, rate) => sum + rate, 0);
      };
      await ask(READS / 5);
      return await ask(READS);
    } finally {
      await Promise.all(apis.map((api) => api.stop()));
    }
  };

  try {
    const changes = await fillTopic(kafka, replayed.stream, replayed.name, all(), { forSink: false });
    tell(`${changes} changes of ${USERS} users are in the topic`);
    const found = new Map<string, number[]>();
    const note = (what: string, rate: number): void => {
      tell(`${what}: ${Math.round(rate)}/s`);
      found.set(what, [...(found.get(what) ?? []), rate]);
    };
    for (let round = 1; round <= ROUNDS; round++) {
      for (const count of PROJECTORS) note(`projectors: ${count}, changes`, await apply(count, changes));
      for (const count of READERS) note(`read APIs: ${count}, reads`, await read(count));
    }
    const each = [...found];
    return {
      settings: { rounds: ROUNDS, users: USERS, changes, connections: CONNECTIONS },
      figures: each.map(([what, rates]) => figure(what, '/s', rates)),
      plots: ['projectors', 'read APIs'].map((whose) => ({
        kind: 'bars' as const,
        title: whose === 'projectors' ? 'Changes by 1, 2 and 3 projectors' : 'Reads by 1 and 2 read APIs',
        unit: '/s',
        bars: each
          .filter(([what]) => what.startsWith(whose))
          .map(([label, rates]) => ({ label, value: Math.round(median(rates)), isOurs: true })),
      })),
    };
  } finally {
    await Promise.all([admin.disconnect(), mongo.close()]);
  }
};

/** Projectors that start stand aside, as in the moment of a rebuild's swap, until the returned function is called. */
async function hold(db: Db): Promise<() => Promise<void>> {
  const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
  const _id = controlId(replayed.name);
  const until = new Date(Date.now() + 4 * LEASE_MS);
  await control.updateOne({ _id }, { $set: { rebuild: 'bench', hold: true, until } }, { upsert: true });
  return async () => void (await control.deleteOne({ _id }));
}
