/** One of our services as a supervised process of a test: what it is started with, and when it counts as ready. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compiledProgram } from '../../cli/local/compiled.ts';
import { runDirOf } from '../../stack/run-records.ts';
import type { SuperviseOptions } from '../../stack/supervisor.ts';
import { waitFor } from '../../stack/wait.ts';

export interface ServiceSetup {
  /** Of the process and of its log. */
  readonly name: string;
  /** In services/. */
  readonly folder: 'projector' | 'read-api' | 'write-api';
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Keeps its log and its run record. */
  readonly dataDir: string;
  /** Modules that it loads before its own. */
  readonly preload?: readonly string[];
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READY_MS = 60_000;
const STOP_MS = 25_000;

export function serviceProcess(setup: ServiceSetup): Omit<SuperviseOptions, 'onEvent'> {
  const { name, folder, port, env, dataDir, preload = [] } = setup;
  return {
    name,
    command: process.execPath,
    args: compiledProgram(
      `services/${folder}/server.ts`,
      preload.length === 0 ? [] : ['tsx', ...preload].flatMap((each) => ['--import', each]),
    ),
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
      ...env,
    },
    logFile: join(dataDir, 'logs', `${name}.log`),
    runDir: runDirOf(dataDir),
    stopTimeoutMs: STOP_MS,
    ready: async (signal) => {
      await waitFor(`${name} on port ${port}`, () => isReady(port), { timeoutMs: READY_MS, signal });
    },
  };
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.ok;
}
