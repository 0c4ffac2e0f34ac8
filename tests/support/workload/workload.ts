/** Writers of both kinds side by side for a time, and readers that watch for documents going back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pipeline } from '../pipeline.ts';
import { createRandom } from '../../../services/shared/random.ts';
import type { StackFile } from '../../../cli/local/stack-file.ts';
import { createPopulation } from './population.ts';
import type { Population } from './population.ts';
import { restWriter } from './rest-writer.ts';
import type { RestReport } from './rest-writer.ts';
import { sqlWriter } from './sql-writer.ts';
import type { SqlReport } from './sql-writer.ts';
import { watchForward } from './watcher.ts';

export interface WorkloadReport {
  readonly people: Population;
  readonly rest: readonly RestReport[];
  readonly sql: readonly SqlReport[];
  /** Answers older than one given before. */
  readonly backwards: readonly string[];
  readonly reads: number;
}

export interface Workers {
  readonly seed: number;
  readonly restWriters: number;
  readonly sqlWriters: number;
  readonly watchers: number;
  /** Between two commands of a writer; 0 or none: each writes as fast as it can. */
  readonly pauseMs?: number;
}

export interface WorkloadOptions extends Workers {
  readonly seconds: number;
}

export interface Workload {
  /** Commands and transactions that were acknowledged so far. */
  acknowledged(): number;
  /** Ends all writers and readers, and tells what they saw. */
  stop(): Promise<WorkloadReport>;
}

type Apis = Pick<StackFile, 'writeApiUrl' | 'readApiUrl'>;

export async function runWorkload(
  pipeline: Pipeline,
  apis: Apis,
  options: WorkloadOptions,
): Promise<WorkloadReport> {
  const workload = startWorkload(pipeline, apis, options);
  await sleep(options.seconds * 1000);
  return workload.stop();
}

export function startWorkload(pipeline: Pipeline, apis: Apis, options: Workers): Workload {
  const stop = new AbortController();
  const people = createPopulation();
  const seeds = createRandom(options.seed);
  const seeded = (): ReturnType<typeof createRandom> => createRandom(Math.floor(seeds.next() * 2 ** 32));
  let acknowledged = 0;
  const counting: Population = {
    ...people,
    acknowledged(id, version) {
      acknowledged += 1;
      people.acknowledged(id, version);
    },
    deleted(id) {
      acknowledged += 1;
      people.deleted(id);
    },
  };
  const { pauseMs = 0 } = options;
  const collectionUrl = `${apis.readApiUrl}/${pipeline.projection.resource}`;
  const rest = times(options.restWriters, () =>
    restWriter(apis.writeApiUrl, seeded(), counting, stop.signal, pauseMs),
  );
  const sql = times(options.sqlWriters, () =>
    sqlWriter(pipeline.sql, seeded(), counting, stop.signal, pauseMs),
  );
  const watchers = times(options.watchers, () => watchForward(collectionUrl, seeded(), people, stop.signal));
  const working = Promise.all([Promise.all(watchers), Promise.all(rest), Promise.all(sql)]);
  working.catch(() => undefined); // told by stop
  return {
    acknowledged: () => acknowledged,
    async stop() {
      stop.abort();
      const [watched, rests, sqls] = await working;
      return {
        people,
        rest: rests,
        sql: sqls,
        backwards: watched.flatMap((each) => each.backwards),
        reads: watched.reduce((sum, each) => sum + each.reads, 0),
      };
    },
  };
}

/** Acknowledged commands whose user is gone without a delete, or whose version SQL does not show. */
export async function lostCommands({ sql }: Pipeline, people: Population): Promise<readonly string[]> {
  const { rows } = await sql.query<{ id: string; version: number }>(
    'select id::text as id, version from users',
  );
  const versions = new Map(rows.map(({ id, version }) => [id, version]));
  return [...people.versions].flatMap(([id, version]) =>
    (versions.get(id) ?? -1) >= version
      ? []
      : [`${id}: version ${version} acknowledged, SQL has ${versions.get(id) ?? 'no row'}`],
  );
}

function times<T>(count: number, make: () => T): readonly T[] {
  return Array.from({ length: count }, make);
}
