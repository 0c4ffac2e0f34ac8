/**
 * How long nothing goes on after a projector was lost: killed with -9 and started again by its supervisor; ended with SIGTERM and started
 * again; ended with SIGTERM while another one is in the group. Single changes to a user of each partition go on all the time; what counts is
 * when each partition has shown one that was committed after the signal. READSIDE_BENCH_ROUNDS (3).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { partitionOf } from '../services/shared/partition-of.ts';
import projection from '../projections/profile.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import type { Benchmark } from './support/benchmark.ts';
import { figure } from './support/outcome.ts';
import { makeChange, observeDocument } from './support/probe.ts';
import type { Change, Observer } from './support/probe.ts';
import { startProjector } from './support/projectors.ts';
import { seedProfiles } from './support/seed-profiles.ts';

const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const PARTITIONS = 4;
/** Enough that each partition has some. */
const FEW = 100;
const EVERY_MS = 20;
/** After so long a life the supervisor's pause before a start is the short one again. */
const WELL_MS = 31_000;

export const recover: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl } = system.info();
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([sql.connect(), mongo.connect()]);
  const documents = mongo.db().collection<StoredDocument>(projection.resource);
  const observer = await observeDocument(documents, { operationType: { $in: ['replace', 'update'] } });
  try {
    const ids = await seedProfiles(sql, documents, FEW, signal);
    const watched = Array.from({ length: PARTITIONS }, (_, partition) =>
      ids.find((id) => partitionOf(id, PARTITIONS) === partition),
    ).filter((id) => id !== undefined);
    /** Seconds until every partition has shown a change that was committed afterwards. */
    const untilProgress = async (what: string, harm: () => void): Promise<number> => {
      await progress(sql, observer, watched, performance.now());
      harm();
      const seconds = (await progress(sql, observer, watched, performance.now())) / 1000;
      tell(`${what}: ${seconds.toFixed(2)} s`);
      return seconds;
    };
    const projectorPid = (): number => {
      const pid = system.info().pids.projector;
      if (pid === null) throw new Error('the projector does not run');
      return pid;
    };
    const end = (name: NodeJS.Signals) => (): void => void process.kill(projectorPid(), name);

    const killed: number[] = [];
    const again: number[] = [];
    const other: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      await sleep(WELL_MS, undefined, { signal });
      killed.push(await untilProgress('kill -9, started again', end('SIGKILL')));
      const second = startProjector(system, 'profile');
      try {
        await second.began;
        // Rebalanced when both have what is theirs: changes flow again.
        await progress(sql, observer, watched, performance.now());
        other.push(await untilProgress('SIGTERM, another one goes on', () => void second.stop()));
      } finally {
        await second.stop();
      }
      await sleep(WELL_MS, undefined, { signal });
      again.push(await untilProgress('SIGTERM, started again', end('SIGTERM')));
    }

    return {
      settings: { rounds: ROUNDS, partitions: PARTITIONS },
      figures: [
        figure('kill -9 to progress, started again', 's', killed, { atMost: 5 }),
        figure('SIGTERM to progress, by another process', 's', other, { atMost: 1 }),
        figure('SIGTERM to progress, started again', 's', again),
      ],
      plots: [],
    };
  } finally {
    await observer.close();
    await Promise.all([sql.end(), mongo.close()]);
  }
};

/** Changes each of `ids` every few milliseconds, until each has shown a change made since `from`. Milliseconds from then. */
async function progress(
  sql: pg.Client,
  observer: Observer,
  ids: readonly string[],
  from: number,
): Promise<number> {
  const shown = new Map<string, number>();
  const failures: unknown[] = [];
  const look = (change: Change): void => {
    observer.seen(change).then(
      (at) => shown.set(change.id, Math.min(at, shown.get(change.id) ?? Infinity)),
      (error: unknown) => failures.push(error),
    );
  };
  while (shown.size < ids.length) {
    if (failures.length > 0) throw failures[0];
    for (const id of ids) look(await makeChange(sql, id, `recover ${performance.now()}`));
    await sleep(EVERY_MS);
  }
  return Math.max(...shown.values()) - from;
}
