/**
 * All documents compared with SQL, and all made anew from it: how long, and what do readers feel of it? Reads are asked as fast as they are
 * answered, without and with a verification beside them; then the rebuild, as fast as it goes, and its rollback.
 * READSIDE_BENCH_USERS (100,000), READSIDE_BENCH_ROUNDS (3).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import type { RebuildReport } from '../cli/rebuild/rebuild.ts';
import type { RollbackReport } from '../cli/rebuild/rollback.ts';
import { loadProjection } from '../services/shared/load-projection.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { runTool } from '../stack/embedded/tools.ts';
import type { Benchmark } from './support/benchmark.ts';
import { compiledProgram } from '../cli/local/compiled.ts';
import { CLONE_FOLDER } from '../services/shared/code-folders.ts';
import { startOneReader } from './support/one-reader.ts';
import { figure, ratios } from './support/outcome.ts';
import { runLoad } from './support/read-load.ts';
import { seedProfiles } from './support/seed-profiles.ts';

const USERS = Number(process.env['READSIDE_BENCH_USERS'] ?? 100_000);
const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const CONNECTIONS = 50;
const READ_SECONDS = 10;
/** The verification's own start is over, and it compares. */
const UNDER_WAY_MS = 3000;
/** From the swap’s end to the command’s. */
const END_MS = 1500;

export const rebuild: Benchmark = async (system, signal, tell, { dataDir }) => {
  const { postgresUrl, mongoUrl, readApiUrl } = system.info();
  const { resource } = await loadProjection('profile');
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([sql.connect(), mongo.connect()]);
  /** Its output, and how long it took from its start to its end. */
  const readside = async (...args: readonly string[]) => {
    const began = performance.now();
    const { code, output } = await runTool(
      process.execPath,
      [...compiledProgram('cli/main.ts'), '--data', dataDir, ...args, '--json'],
      { env: { ...process.env, NODE_ENV: 'production' }, cwd: CLONE_FOLDER, signal },
    );
    if (code !== 0) throw new Error(`readside ${args.join(' ')} failed: ${output}`);
    const json = output.split('\n').find((line) => /^[[{]/.test(line)) ?? 'null';
    return { result: JSON.parse(json) as unknown, seconds: (performance.now() - began) / 1000 };
  };
  try {
    const documents = mongo.db().collection<StoredDocument>(resource);
    const ids = await seedProfiles(sql, documents, USERS, signal);
    tell(`${USERS} users are in both databases`);
    const requests = ids.map((id) => ({ path: `/${resource}/${id}` }));
    const read = async (): Promise<number> =>
      (await runLoad([readApiUrl, CONNECTIONS, READ_SECONDS], requests)).rate;
    await read();

    const alone: number[] = [];
    const beside: number[] = [];
    const verified: number[] = [];
    const verifiedFast: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      alone.push(await read());
      const verifying = readside('verify', '--all');
      await sleep(UNDER_WAY_MS, undefined, { signal });
      beside.push(await read());
      verified.push((await verifying).seconds);
      verifiedFast.push((await readside('verify', '--all', '--rate', '1000000')).seconds);
      tell(
        `round ${round}: ${alone.at(-1)} reads/s alone, ${beside.at(-1)} beside a verification of ${verified.at(-1)?.toFixed(1)} s`,
      );
    }
    const rebuilds: number[] = [];
    const copies: number[] = [];
    const pauses: number[] = [];
    const rollbacks: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const reader = startOneReader(`${readApiUrl}${requests[0]?.path}`);
      const { result, seconds } = await readside('rebuild', 'profile', '--keep-old', '1h');
      const report = result as RebuildReport;
      pauses.push(await reader.stop((now) => now - 1000 * report.seconds.swap - END_MS));
      tell(`rebuilt in ${seconds.toFixed(1)} s: ${JSON.stringify(report.seconds)}`);
      rebuilds.push(seconds);
      copies.push(report.copied / report.seconds.copy);
      const rolled = await readside('rollback', 'profile');
      rollbacks.push((rolled.result as RollbackReport).milliseconds ?? NaN);
    }
    return {
      settings: { users: USERS, rounds: ROUNDS, connections: CONNECTIONS },
      figures: [
        figure('verify --all', 's', verified, { atMost: 60 }),
        figure('verify --all, as fast as it goes', 's', verifiedFast),
        figure('reads alone', '/s', alone),
        figure('reads beside verify --all', '/s', beside),
        figure('reads beside it to reads alone', '×', ratios(beside, alone), { atLeast: 0.8 }),
        figure('rebuild, from command to swap', 's', rebuilds),
        figure('rebuild, documents copied', '/s', copies, { atLeast: 20_000 }),
        figure('longest read while the documents are swapped in', 'ms', pauses, { atMost: 50 }),
        figure('rollback, from hold to rename', 'ms', rollbacks, { atMost: 1000 }),
      ],
      plots: [],
    };
  } finally {
    await Promise.all([sql.end(), mongo.close()]);
  }
};
