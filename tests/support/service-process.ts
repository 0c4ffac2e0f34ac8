/** One of our services as a process of its own, started as `readside up` starts it. */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { compiledProgram } from '../../cli/local/compiled.ts';
import { isFree } from '../../stack/ports.ts';
import { waitFor } from '../../stack/wait.ts';
import { ROOT, STOP_MS, isReady, serviceEnv } from './service-start.ts';
import type { ServiceName } from './service-start.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServiceProcess {
  readonly url: string;
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves when /readyz says yes. */
  ready(): Promise<void>;
  /** Asks it to end; kills it when it does not. */
  stop(): Promise<Ended>;
}

type Env = Readonly<Record<string, string>>;

const READY_MS = 90_000;

export function startService(name: ServiceName, env: Env): Promise<ServiceProcess> {
  return startProgram(`services/${name}/server.ts`, env);
}

/** `program`: a source file, from the clone's folder. `readyPath`: answers 200 when it is ready. */
export async function startProgram(
  program: string,
  env: Env,
  readyPath = '/readyz',
): Promise<ServiceProcess> {
  const port = env['PORT'] ?? String(await freePort());
  const child = spawn(process.execPath, compiledProgram(program), {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: serviceEnv(port, env),
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    pid,
    ended,
    ready: async () => {
      const died = ended.then((end) => {
        throw new Error(`${program} ended: ${end.stdout}${end.stderr}`);
      });
      await Promise.race([
        died,
        waitFor(`${program} to be ready`, () => isReady(url, readyPath), { timeoutMs: READY_MS }),
      ]);
    },
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      const end = await ended;
      clearTimeout(timer);
      return end;
    },
  };
}

/** Codes of what a projector's health says. */
export async function causesOf({ url }: ServiceProcess): Promise<readonly string[]> {
  const response = await fetch(`${url}/readyz`);
  const { health } = (await response.json()) as {
    readonly health: { readonly causes: ReadonlyArray<{ readonly code: string }> };
  };
  return health.causes.map(({ code }) => code);
}

async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    if (await isFree(port)) return port;
  }
}
