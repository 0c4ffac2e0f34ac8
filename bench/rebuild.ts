/**
 * All documents compared with SQL, and all made anew from it: how long, and what do readers feel of it? Reads are asked as fast as they are
 * answered, in turns without and with a verification beside them, and beside a whole one; then, of twice as many users, the rebuild, as fast
 * as it goes, and with a reader who feels the swap, and its rollback.
 * READSIDE_BENCH_USERS (100,000), READSIDE_BENCH_ROUNDS (3).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import type { RebuildReport } from '../cli/rebuild/rebuild.ts';
import type { RollbackReport } from '../cli/rebuild/rollback.ts';
import profile from '../projections/profile.ts';
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
/** With and without a verification beside them, one after the other: the machine's speed changes from one half minute to the next. */
const TURNS = 4;
const READ_SECONDS = 4;
/** Of a whole verification, and of the reads beside it. */
const WHOLE_SECONDS = 45;
/** The verification's own start is over, and it compares. */
const UNDER_WAY_MS = 2000;
/** From the swap’s end to the command’s. */
const END_MS = 1500;

export const rebuild: Benchmark = async (system, signal, tell, { dataDir }) => {
  const { postgresUrl, mongoUrl, readApiUrl } = system.info();
  const { resource } = profile;
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([sql.connect(), mongo.connect()]);
  /** Its output, and how long it took from its start to its end. */
  const readside = (...args: readonly string[]) => ended(args, signal);
  const ended = async (args: readonly string[], until: AbortSignal) => {
    const began = performance.now();
    const { code, output } = await runTool(
      process.execPath,
      [...compiledProgram('cli/main.ts'), '--data', dataDir, ...args, '--json'],
      { env: { ...process.env, NODE_ENV: 'production' }, cwd: CLONE_FOLDER, signal: until },
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
    const read = async (seconds = READ_SECONDS): Promise<number> =>
      (await runLoad([readApiUrl, CONNECTIONS, seconds], requests)).rate;
    await read();
    /** Reads while documents are verified that nobody waits for. */
    const readBeside = async (): Promise<number> => {
      const enough = new AbortController();
      const verifying = ended(['verify', '--all'], AbortSignal.any([enough.signal, signal]));
      verifying.catch(() => undefined); // of the stop below, and told where it came from elsewhere
      await sleep(UNDER_WAY_MS, undefined, { signal });
      const rate = await read();
      const isOver = await Promise.race([verifying.then(() => true), sleep(0, false, { signal })]);
      if (isOver) throw new Error('the verification ended before the reads beside it');
      enough.abort();
      await Promise.allSettled([verifying]);
      signal.throwIfAborted();
      return rate;
    };

    const alone: number[] = [];
    const beside: number[] = [];
    const verified: number[] = [];
    const verifiedFast: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      for (let turn = 1; turn <= TURNS; turn++) {
        alone.push(await read());
        beside.push(await readBeside());
      }
      const verifying = readside('verify', '--all');
      await read(WHOLE_SECONDS);
      verified.push((await verifying).seconds);
      verifiedFast.push((await readside('verify', '--all', '--rate', '1000000')).seconds);
      tell(
        `round ${round}: ${alone.at(-1)} reads/s alone, ${beside.at(-1)} beside a verification of ${verified.at(-1)?.toFixed(1)} s`,
      );
    }
    await seedProfiles(sql, documents, USERS, signal);
    tell(`${2 * USERS} users are in both databases`);
    const rebuilds: number[] = [];
    const copies: number[] = [];
    const pauses: number[] = [];
    const rollbacks: number[] = [];
    const copiesBesideReader: number[] = [];
    const rebuildOnce = async (): Promise<RebuildReport & { readonly whole: number }> => {
      const { result, seconds } = await readside('rebuild', 'profile', '--keep-old', '1h');
      const report = result as RebuildReport;
      tell(`rebuilt in ${seconds.toFixed(1)} s: ${JSON.stringify(report.seconds)}`);
      return { ...report, whole: seconds };
    };
    for (let round = 1; round <= ROUNDS; round++) {
      const undisturbed = await rebuildOnce();
      rebuilds.push(undisturbed.whole);
      copies.push(undisturbed.copied / undisturbed.seconds.copy);
      const reader = startOneReader(`${readApiUrl}${requests[0]?.path}`);
      const report = await rebuildOnce();
      pauses.push(await reader.stop((now) => now - 1000 * report.seconds.swap - END_MS));
      copiesBesideReader.push(report.copied / report.seconds.copy);
      const rolled = await readside('rollback', 'profile');
      rollbacks.push((rolled.result as RollbackReport).milliseconds ?? NaN);
    }
    return {
      settings: { users: USERS, rounds: ROUNDS, connections: CONNECTIONS },
      figures: [
        figure('verify --all, while reads go on', 's', verified, { atMost: 60 }),
        figure('verify --all, as fast as it goes', 's', verifiedFast),
        figure('reads alone', '/s', alone),
        figure('reads beside verify --all', '/s', beside),
        figure('reads beside it to reads alone', '×', ratios(beside, alone), { atLeast: 0.8 }),
        figure('rebuild, from command to swap', 's', rebuilds),
        figure('rebuild, documents copied', '/s', copies, { atLeast: 20_000 }),
        figure('rebuild, documents copied, beside one reader', '/s', copiesBesideReader),
        figure('longest read while the documents are swapped in', 'ms', pauses, { atMost: 50 }),
        figure('rollback, from hold to rename', 'ms', rollbacks, { atMost: 1000 }),
      ],
      plots: [],
    };
  } finally {
    await Promise.all([sql.end(), mongo.close()]);
  }
};
