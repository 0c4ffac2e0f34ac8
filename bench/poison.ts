/**
 * One record that nobody can decode among 100,000 changes: does anyone but its own user notice? Rounds without and with it alternate;
 * each changes every user once, at an even pace, and takes the time from Postgres' commit to MongoDB's write of every document.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Collection, Timestamp } from 'mongodb';
import pg from 'pg';
import { withQuarantine } from '../cli/dlq/open.ts';
import { retryDocuments } from '../cli/dlq/retry.ts';
import { createKafka } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import projection from '../projections/profile.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { waitFor } from '../stack/wait.ts';
import type { Benchmark } from './support/benchmark.ts';
import { figure, median, ratios } from './support/outcome.ts';
import { quantiles } from './support/quantiles.ts';
import type { Quantiles } from './support/quantiles.ts';

const USERS = 100_000;
const IN_A_TRANSACTION = 100;
/** Between two transactions: 2,000 changes a second. */
const PAUSE_MS = 50;
const ROUNDS = 3;
const DEADLINE_MS = 120_000;

interface Seen {
  readonly _id: unknown;
  readonly id: string;
  readonly wallTime: Date;
  /** Of a document that is new; else what has changed of it. */
  readonly sync?: { readonly changedAt: string };
  readonly changed?: Readonly<Record<string, unknown>>;
}

export const poison: Benchmark = async (system, signal, tell) => {
  const info = system.info();
  const sql = new pg.Client({ connectionString: info.postgresUrl });
  const mongo = new MongoClient(info.mongoUrl);
  const kafka = createKafka('bench-poison', info.kafkaBrokers, createLogger('bench', 'silent'));
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([sql.connect(), mongo.connect(), producer.connect()]);
  try {
    const documents = mongo.db().collection<StoredDocument>(projection.resource);
    const ids = await addUsers(sql, documents);
    const victim = ids[USERS / 2] ?? '';
    const harm = async (): Promise<void> => {
      await producer.send({ topic: projection.topic, messages: [{ key: victim, value: '{"op":"u","aft' }] });
    };
    const measure = async (name: string, isPoisoned: boolean): Promise<Quantiles> => {
      const expected = new Set(ids);
      expected.delete(victim);
      const times = await timesOf(documents, expected, async () => {
        if (isPoisoned) await harm();
        await changeEach(sql, ids, name, signal);
      });
      const result = quantiles(times);
      tell(`${name}: p50 ${result.p50} ms, p99 ${result.p99} ms (${result.count} changes)`);
      return result;
    };

    await measure('warm-up', false);
    const without: Quantiles[] = [];
    const withIt: Quantiles[] = [];
    for (let i = 1; i <= ROUNDS; i++) {
      without.push(await measure(`without ${i}`, false));
      withIt.push(await measure(`with ${i}`, true));
      const degraded = await documents.find({ '_sync.quarantine': { $exists: true } }).toArray();
      if (degraded.length !== 1 || degraded[0]?._id !== victim)
        throw new Error(`${degraded.length} documents are degraded, and it should be one`);
      const outcomes = await withQuarantine(info, projection, (quarantine) =>
        retryDocuments(quarantine, [victim], { dryRun: false, dropFirst: true }),
      );
      if (outcomes[0]?.state !== 'healed') throw new Error('the quarantine was not healed');
      await allAs(documents, `with ${i}`);
    }
    const p50 = (all: readonly Quantiles[]): readonly number[] => all.map((each) => each.p50);
    const p99 = (all: readonly Quantiles[]): readonly number[] => all.map((each) => each.p99);
    return {
      settings: { users: USERS, rounds: ROUNDS, 'changes a second': (1000 * IN_A_TRANSACTION) / PAUSE_MS },
      figures: [
        figure('without, p50', 'ms', p50(without)),
        figure('without, p99', 'ms', p99(without)),
        figure('with one undecodable change, p50', 'ms', p50(withIt)),
        figure('with one undecodable change, p99', 'ms', p99(withIt)),
        figure('with to without, p99', '×', ratios(p99(withIt), p99(without)), { atMost: 1.5 }),
      ],
      plots: [
        {
          kind: 'bars',
          title: 'From commit to document, p99, all users but one',
          unit: 'ms',
          bars: [
            { label: 'without', value: Math.round(median(p99(without))), isOurs: false },
            { label: 'with one poison change', value: Math.round(median(p99(withIt))), isOurs: true },
          ],
        },
      ],
    };
  } finally {
    await Promise.all([sql.end(), mongo.close(), producer.disconnect()]);
  }
};

async function addUsers(sql: pg.Client, documents: Collection<StoredDocument>): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "insert into users (email, full_name) select gen_random_uuid() || '@example.com', 'Poison' from generate_series(1, $1) returning id::text as id",
    [USERS],
  );
  await waitFor(
    `${USERS} documents`,
    async () => (await documents.countDocuments({ fullName: 'Poison' })) === USERS,
    { timeoutMs: DEADLINE_MS, intervalMs: 500 },
  );
  return rows.map(({ id }) => id);
}

async function changeEach(
  sql: pg.Client,
  ids: readonly string[],
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const began = performance.now();
  for (let i = 0; i * IN_A_TRANSACTION < ids.length; i++) {
    const some = ids.slice(i * IN_A_TRANSACTION, (i + 1) * IN_A_TRANSACTION);
    await sql.query('update users set bio = $2 where id = any ($1)', [some, name]);
    await sleep(Math.max(0, began + (i + 1) * PAUSE_MS - performance.now()), undefined, { signal });
  }
}

/** Milliseconds from commit to write, one a document of `expected`: the first write of each while `work` is done. */
async function timesOf(
  documents: Collection<StoredDocument>,
  expected: Set<string>,
  work: () => Promise<void>,
): Promise<readonly number[]> {
  const startAtOperationTime = await operationTime(documents);
  await work();
  // Read afterwards: a reader beside the work would be measured with it.
  const changes = documents.watch<Seen>(
    [
      { $match: { operationType: { $in: ['update', 'replace', 'insert'] } } },
      {
        $project: {
          id: '$documentKey._id',
          wallTime: 1,
          sync: '$fullDocument._sync',
          changed: '$updateDescription.updatedFields',
        },
      },
    ],
    { startAtOperationTime, batchSize: 10_000 },
  );
  const times: number[] = [];
  const deadline = performance.now() + DEADLINE_MS;
  try {
    while (expected.size > 0) {
      const seen = (await changes.tryNext()) as Seen | null;
      if (seen === null) {
        if (performance.now() > deadline) throw new Error(`${expected.size} documents were not written`);
        continue;
      }
      if (expected.delete(seen.id)) times.push(seen.wallTime.getTime() - changedAt(seen));
    }
  } finally {
    await changes.close();
  }
  return times;
}

/** Commit time of the change, in ms since 1970. @throws Error when the event does not tell it. */
function changedAt({ id, sync, changed = {} }: Seen): number {
  const whole = sync ?? (changed['_sync'] as Seen['sync']);
  const time = Date.parse(String(whole?.changedAt ?? changed['_sync.changedAt']));
  if (Number.isNaN(time)) throw new Error(`the write of ${id} does not tell when it was committed`);
  return time;
}

async function operationTime(documents: Collection<StoredDocument>): Promise<Timestamp> {
  const answer = await documents.db.command({ ping: 1 });
  return answer['operationTime'] as Timestamp;
}

async function allAs(documents: Collection<StoredDocument>, bio: string): Promise<void> {
  const others = await documents.countDocuments({ fullName: 'Poison', bio: { $ne: bio } });
  if (others > 0) throw new Error(`${others} documents are not as in SQL`);
}
