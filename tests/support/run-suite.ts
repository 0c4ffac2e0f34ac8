/**
 * Runs the suite: one real system for the whole run, beside whatever else runs on this machine; jest in phases, because the tests
 * that kill servers must be alone with them. Ends by exit code, with `N passed, N failed` as its last line.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSystem } from '../../cli/local/system.ts';
import type { System } from '../../cli/local/system.ts';
import { createReporter } from '../../cli/reporter.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { messageOf } from '../../stack/errors.ts';
import { endOrphans, stackHolder } from '../../stack/run-records.ts';
import { waitFor } from '../../stack/wait.ts';
import { doWithoutReaper, whatIsMissing } from '../containers/engine.ts';
import { findBrowser } from './browser/find-browser.ts';
import { MEMBERS_DIR } from './members/folder.ts';

interface Phase {
  readonly name: string;
  readonly folders: readonly string[];
  /** Whether its tests use the run's system. */
  readonly live: boolean;
  readonly workers: number;
  /** It takes so long that the whole suite goes without it. */
  readonly apart?: boolean;
}

const PHASES: readonly Phase[] = [
  // Without the run's system: what only computes, and then what has servers of its own, one whole system at a time.
  { name: 'pure', folders: ['spec'], live: false, workers: 2 },
  { name: 'own', folders: ['stack', 'local', 'secured'], live: false, workers: 1 },
  { name: 'api', folders: ['api', 'orders', 'banking'], live: true, workers: 2 },
  // Before others put records into the topic that no document can follow.
  { name: 'faults', folders: ['faults'], live: true, workers: 1 },
  { name: 'end-to-end', folders: ['e2e', 'cli'], live: true, workers: 1 },
  // Last: they stop and start what the others read.
  { name: 'browser', folders: ['browser'], live: true, workers: 1 },
  // Only when it is asked for.
  { name: 'contract', folders: ['contract'], live: true, workers: 1, apart: true },
  { name: 'domains', folders: ['domains'], live: false, workers: 1, apart: true },
  { name: 'kubernetes', folders: ['kubernetes'], live: false, workers: 1, apart: true },
  { name: 'members', folders: ['members'], live: false, workers: 1, apart: true },
  { name: 'long', folders: ['long'], live: true, workers: 1, apart: true },
  { name: 'containers', folders: ['containers'], live: false, workers: 1, apart: true },
];

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

const PHASE_DEADLINE_MS = 85 * 60_000;
const END_DEADLINE_MS = 20_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const dataDir = join(root, '.readside', 'test');
const args = process.argv.slice(2);
/** As for `readside up`: the run's servers are containers. */
const onContainers = process.env['READSIDE_STACK'] === 'containers';
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => stopping.abort(new Error(`stopped by ${signal}`)));
}

process.exitCode = await run();

async function run(): Promise<number> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  let system: System | undefined;
  let clean = true;
  const wanted = PHASES.filter(isWanted);
  if (onContainers) {
    const missing = await whatIsMissing();
    if (missing !== null) {
      process.stderr.write(`SKIPPED, nothing was tried: ${missing}\n`);
      process.stdout.write(`\n0 passed, 0 failed, ${wanted.length} skipped\n`);
      return 0;
    }
    await doWithoutReaper(process.env);
  }
  try {
    for (const phase of wanted) {
      stopping.signal.throwIfAborted();
      process.stderr.write(`\n── ${phase.name} ──\n`);
      // Before a system is started for nothing. Without a browser the run has failed: none of what it would show was seen.
      if (phase.name === 'browser') process.env['READSIDE_BROWSER'] = findBrowser(process.env);
      if (phase.live) system ??= await startForTests();
      clean = (await runJest(phase, system, counts)) && clean;
    }
  } catch (error) {
    counts.failed += 1;
    process.stderr.write(`the suite could not go on: ${messageOf(error)}\n`);
  } finally {
    await system?.stop();
    await endLeftMembers();
  }
  if (counts.passed + counts.failed === 0) clean = false;
  const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
  process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
  return clean && counts.failed === 0 ? 0 : 1;
}

/** What a test with a cluster of its own could not end, because it was killed itself. */
async function endLeftMembers(): Promise<void> {
  if (stackHolder(MEMBERS_DIR) === undefined) await endOrphans(MEMBERS_DIR);
}

/** With paths among the arguments only their folders' phases run. */
function isWanted(phase: Phase): boolean {
  return args.some(isPath) ? argsOf(phase).some(isPath) : phase.apart !== true;
}

function isPath(arg: string): boolean {
  return arg.includes('tests/');
}

/** Without the paths of other phases. */
function argsOf({ folders }: Phase): readonly string[] {
  return args.filter((arg) => !isPath(arg) || folders.some((folder) => arg.includes(`tests/${folder}`)));
}

function startForTests(): Promise<System> {
  return startSystem({
    root,
    dataDir,
    fresh: true,
    ports: 'ephemeral',
    projections: ['profile'],
    provider: onContainers ? 'containers' : 'embedded',
    env: process.env,
    logger: createLogger('tests', 'warn'),
    signal: stopping.signal,
    onEvent: createReporter(process.stderr),
  });
}

async function runJest(phase: Phase, system: System | undefined, counts: Counts): Promise<boolean> {
  mkdirSync(dataDir, { recursive: true });
  const outputFile = join(dataDir, `${phase.name}.json`);
  rmSync(outputFile, { force: true });
  const paths = args.some(isPath) ? [] : phase.folders.map((folder) => `tests/${folder}/`);
  const jest = [
    join(root, 'node_modules/jest/bin/jest.js'),
    ...paths,
    ...argsOf(phase),
    '--json',
    `--outputFile=${outputFile}`,
  ];
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [...jest, phase.workers === 1 ? '--runInBand' : `--maxWorkers=${phase.workers}`],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          ...process.env,
          NODE_OPTIONS: '--experimental-vm-modules --no-warnings',
          ...(phase.live && system ? { READSIDE_TEST_STACK: describe(system) } : {}),
        },
      },
    );
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    child.once('error', reject);
    child.once('exit', resolve);
    stopping.signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
    // After a failure something may be left that keeps jest waiting for ever.
    void waitFor('the results', () => existsSync(outputFile) || hasEnded(), {
      timeoutMs: PHASE_DEADLINE_MS,
      intervalMs: 500,
    })
      .catch((error: unknown) => process.stderr.write(`${messageOf(error)}\n`))
      .then(() =>
        waitFor('jest to end', hasEnded, {
          timeoutMs: END_DEADLINE_MS,
          intervalMs: 100,
        }),
      )
      .catch(() => {
        process.stderr.write('jest does not end: something was left running by a test\n');
        child.kill('SIGKILL');
      });
  });
  stopping.signal.throwIfAborted();
  const result = JSON.parse(readFileSync(outputFile, 'utf8')) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
    readonly numPendingTests: number;
    readonly numRuntimeErrorTestSuites: number;
  };
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  counts.skipped += result.numPendingTests;
  return code === 0;
}

/** What tests/support/stack.ts reads. Pids are read from the data folder's stack.json, where they are always the present ones. */
function describe(system: System): string {
  return JSON.stringify({
    dataDir,
    endpoints: system.stack.endpoints,
    secrets: system.stack.secrets,
    system: system.info(),
  });
}
