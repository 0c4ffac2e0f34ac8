/** One of our services as a supervised process of a test: what it is started with, and when it counts as ready. */
import { join } from 'node:path';
import { compiledProgram } from '../../cli/local/compiled.ts';
import { runDirOf } from '../../stack/run-records.ts';
import type { SuperviseOptions } from '../../stack/supervisor.ts';
import { waitFor } from '../../stack/wait.ts';
import { ROOT, STOP_MS, isReady, serviceEnv } from './service-start.ts';
import type { ServiceName } from './service-start.ts';

export interface ServiceSetup {
  /** Of the process and of its log. */
  readonly name: string;
  /** In services/. */
  readonly folder: ServiceName;
  readonly port: number;
  readonly env: Readonly<Record<string, string>>;
  /** Keeps its log and its run record. */
  readonly dataDir: string;
  /** Modules that it loads before its own. */
  readonly preload?: readonly string[];
}

const READY_MS = 60_000;

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
    env: serviceEnv(port, env),
    logFile: join(dataDir, 'logs', `${name}.log`),
    runDir: runDirOf(dataDir),
    stopTimeoutMs: STOP_MS,
    ready: async (signal) => {
      await waitFor(`${name} on port ${port}`, () => isReady(`http://127.0.0.1:${port}`), {
        timeoutMs: READY_MS,
        signal,
      });
    },
  };
}
