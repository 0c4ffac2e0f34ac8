/**
 * Point reads of random documents: ours when it has to look them up, when it has them at hand, and when the reader has them already,
 * beside what one would build without it. Every server is a process of its own, the load comes from another one, and the rounds alternate.
 * READSIDE_BENCH_READ_USERS (50,000), READSIDE_BENCH_READ_ROUNDS (3), READSIDE_BENCH_READ_SECONDS (1.5) of one measurement,
 * READSIDE_BENCH_READ_CONNECTIONS (1,50,200), READSIDE_BENCH_READ_ONLY (some of the names, by commas), READSIDE_BENCH_READ_API (more
 * environment for ours, as JSON).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'mongodb';
import pg from 'pg';
import { etagOf } from '../services/read-api/http/etag.ts';
import { encodeToken } from '../services/shared/consistency-token.ts';
import projection from '../projections/profile.ts';
import { openMongo } from '../services/shared/mongo.ts';
import { setNiceness } from '../stack/priority.ts';
import { toServedJson } from '../services/shared/stored-document.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import type { Clients, LoadReport } from './load/mixed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { emptyCache } from './support/empty-cache.ts';
import { REFERENCE, underLoad, warmUp } from './support/mixed-load.ts';
import { runLoad } from './support/read-load.ts';
import type { ReadRequest } from './support/read-load.ts';
import { startPeer, startReadApi } from './support/read-servers.ts';
import type { Server } from './support/read-servers.ts';
import { readsOutcome } from './support/reads-outcome.ts';
import type { Measured } from './support/reads-outcome.ts';
import { seedProfiles } from './support/seed-profiles.ts';

const env = process.env;
const USERS = Number(env['READSIDE_BENCH_READ_USERS'] ?? 50_000);
const ROUNDS = Number(env['READSIDE_BENCH_READ_ROUNDS'] ?? 3);
const SECONDS = Number(env['READSIDE_BENCH_READ_SECONDS'] ?? 1.5);
const CONNECTIONS = (env['READSIDE_BENCH_READ_CONNECTIONS'] ?? '1,50,200').split(',').map(Number);
const ONLY = env['READSIDE_BENCH_READ_ONLY']?.split(',');
const OURS = JSON.parse(env['READSIDE_BENCH_READ_API'] ?? '{}') as Readonly<Record<string, string>>;
/** At these connections everything is measured. */
const MAIN = 50;
/** About what one connection can ask within a measurement. */
const OF_ONE_CONNECTION = 5000;
const WARM_UP = 10_000;
/** Of the reference load's reads; its writes go on beside them. */
const TIMES_THE_READS = 3;

export const reads: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, readApiUrl } = system.info();
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = openMongo(mongoUrl, {});
  await sql.connect();
  // Judged beside joins in Postgres: neither store has a precedence here.
  const { mongod } = system.info().pids;
  if (mongod !== null) await setNiceness(mongod, 0);
  const servers: Server[] = [];
  const started = async (server: Promise<Server>): Promise<Server> => {
    servers.push(await server);
    return server;
  };
  const all: Measured[] = [];
  const whileWriting: LoadReport[] = [];
  const measure = async (
    name: string,
    server: Server,
    requests: readonly ReadRequest[],
    connections: number,
    seconds: number,
  ): Promise<void> => {
    signal.throwIfAborted();
    if (ONLY && !ONLY.includes(name)) return;
    const before = server.process.cpuSeconds();
    const result = await runLoad([server.url, connections, seconds], requests);
    const cpuMicros = Math.round((1e7 * (server.process.cpuSeconds() - before)) / result.count) / 10;
    all.push({ name, connections, cpuMicros, ...result });
    tell(`${name} at ${connections}: ${result.rate}/s, p99 ${result.p99} ms, ${cpuMicros} µs`);
  };
  try {
    const documents = mongo.db().collection<StoredDocument>('profiles');
    const ids = await seedProfiles(sql, documents, USERS, signal);
    tell(`${USERS} users are in both databases`);
    const plain = ids.map((id) => ({ path: `/profiles/${id}` }));
    const { held, tokens } = await requestsOf(documents, ids);
    const hello = await started(startPeer('hello'));
    const findOne = await started(startPeer('find-one', mongoUrl));
    const join = await started(startPeer('sql-join', postgresUrl));
    const uncached = await started(startReadApi(system, { CACHE_MAX_MB: '0' }));
    const ours = await started(startReadApi(system, OURS));
    for (const { url } of [hello, findOne, join, uncached, ours])
      await runLoad([url, MAIN, 0], plain.slice(0, WARM_UP));

    const clients: Clients = { of: 'profiles', know: ids };
    await warmUp(system, clients, signal, tell);

    for (let round = 1; round <= ROUNDS; round++) {
      tell(`round ${round}`);
      await emptyCache(mongo, ours.url, 'profiles');
      for (const [connections, once] of shares(plain)) await measure('cold', ours, once, connections, 0);
      for (const connections of CONNECTIONS) {
        await measure('hello', hello, plain, connections, SECONDS);
        await measure('held', ours, held, connections, SECONDS);
        await measure('warm', ours, plain, connections, SECONDS);
        await measure('sql-join', join, plain, connections, SECONDS);
        await measure('find-one', findOne, plain, connections, SECONDS);
      }
      await measure('token', ours, tokens, MAIN, SECONDS);
      await measure('uncached', uncached, plain, MAIN, SECONDS);
      await measure('uncached token', uncached, tokens, MAIN, SECONDS);
      await measure('page of 20', ours, [{ path: '/profiles?country=FR&city=Paris' }], MAIN, SECONDS);
      // As it is after a while: the emptying of caches has reached this one too.
      await runLoad([readApiUrl, MAIN, 0], plain);
      const rates = { writes: REFERENCE.writes, reads: TIMES_THE_READS * REFERENCE.reads };
      const { load } = await underLoad(system, clients, rates, () =>
        sleep(5000 * SECONDS, undefined, { signal }),
      );
      tell(`${load.reads.rate} reads/s beside ${load.writes.rate} writes/s: p99 ${load.reads.p99} ms`);
      whileWriting.push(load);
    }
    return readsOutcome({
      settings: { users: USERS, rounds: ROUNDS, 'seconds each': SECONDS },
      measured: all,
      main: MAIN,
      whileWriting,
      peakMb: ours.process.peakMb(),
    });
  } finally {
    await Promise.all(servers.map((server) => server.process.stop()));
    await Promise.all([sql.end(), mongo.close()]);
  }
};

/** Documents of which none was read since the cache was emptied, for each number of connections its own. */
function shares(unread: readonly ReadRequest[]): ReadonlyArray<readonly [number, readonly ReadRequest[]]> {
  const ones = CONNECTIONS.filter((each) => each === 1).length;
  const each = Math.floor((unread.length - ones * OF_ONE_CONNECTION) / (CONNECTIONS.length - ones));
  let at = 0;
  return CONNECTIONS.map((connections) => {
    const from = at;
    at += connections === 1 ? OF_ONE_CONNECTION : each;
    return [connections, unread.slice(from, at)] as const;
  });
}

/** The same reads by somebody who holds the answer, and by somebody who has written the document. */
async function requestsOf(
  documents: Collection<StoredDocument>,
  ids: readonly string[],
): Promise<{ readonly held: readonly ReadRequest[]; readonly tokens: readonly ReadRequest[] }> {
  const stored = new Map((await documents.find().toArray()).map((each) => [each._id, each]));
  const known = ids.flatMap((id) => stored.get(id) ?? []);
  const revisionOf = (each: StoredDocument): number => Number(each['version']);
  return {
    held: known.map((each) => ({
      path: `/profiles/${each._id}`,
      headers: { 'if-none-match': etagOf(toServedJson(projection, each), revisionOf(each)) },
    })),
    tokens: known.map((each) => ({
      path: `/profiles/${each._id}`,
      headers: {
        'consistency-token': encodeToken({ id: each._id, revision: revisionOf(each), deleted: false }),
        prefer: 'wait=5',
      },
    })),
  };
}
