/** Our own services as supervised processes of a local run: what each is started with, and when it counts as ready. */
import { join } from 'node:path';
import type { Application } from '../../services/shared/application.ts';
import { LOST_PLACE } from '../../services/shared/health/causes.ts';
import { OWN_AUDIENCE } from '../../services/shared/auth/auth-config.ts';
import type { Verdict } from '../../services/shared/health/verdict.ts';
import type { Stack } from '../../stack/stack.ts';
import { NICENESS } from '../../stack/priority.ts';
import { runDirOf } from '../../stack/run-records.ts';
import { supervise } from '../../stack/supervisor.ts';
import type { Supervised } from '../../stack/supervisor.ts';
import { waitFor } from '../../stack/wait.ts';
import type { ProcessEvent } from '../../stack/events.ts';
import { compiledProgram } from './compiled.ts';

export type ApiName = 'writeApi' | 'readApi';
export const PREFERRED_PORTS: Readonly<Record<ApiName, number>> = { writeApi: 3001, readApi: 3002 };

export interface ServicesOptions {
  /** The clone's folder. */
  readonly root: string;
  readonly dataDir: string;
  readonly stack: Stack;
  /** By the name of the process. */
  readonly ports: Readonly<Record<string, number>>;
  readonly application: Application;
  /** Names or paths of the projections that the read API serves. */
  readonly projections: readonly string[];
  /** PATH, HOME, LOG_LEVEL and the like; nothing of it overrides what is set here. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By which the tokens of requests are checked; null: everybody is let in. */
  readonly authSecret: string | null;
  readonly onEvent: (event: ProcessEvent) => void;
}

/**
 * To glibc: buffers that come and go in several threads from one pool. It gave a tenth more changes a second and took some 20 MB less
 * (docs/performance.md); elsewhere it means nothing.
 */
export const PROJECTOR_MEMORY = { MALLOC_ARENA_MAX: '1' } as const;

const READY_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 25_000;

export function startApis(options: ServicesOptions): Readonly<Record<ApiName, Supervised>> {
  const { application, stack } = options;
  const { endpoints, secrets } = stack;
  return {
    writeApi: startService(options, {
      name: 'writeApi',
      program: application.writeApi,
      env: { DATABASE_URL: withUser(endpoints.postgresUrl, 'readside_writer', secrets.writer) },
    }),
    readApi: startService(options, {
      name: 'readApi',
      program: 'services/read-api/server.ts',
      env: {
        MONGODB_URL: withUser(endpoints.mongoUrl, 'readside_reader', secrets.mongoReader),
        DATABASE_URL: withUser(endpoints.postgresUrl, 'readside_reader', secrets.reader),
        PROJECTION: options.projections.join(','),
      },
      niceness: NICENESS.readers,
    }),
  };
}

/** `name`: of the process; `projection`: name or path. */
export function startProjector(options: ServicesOptions, name: string, projection: string): Supervised {
  const { endpoints, secrets } = options.stack;
  return startService(options, {
    name,
    program: 'services/projector/server.ts',
    env: {
      MONGODB_URL: withUser(endpoints.mongoUrl, 'readside_projector', secrets.mongoProjector),
      DATABASE_URL: withUser(endpoints.postgresUrl, 'readside_reader', secrets.reader),
      KAFKA_BROKERS: endpoints.kafkaBrokers,
      CONNECT_URL: endpoints.connectUrl,
      PROJECTION: projection,
      ...PROJECTOR_MEMORY,
    },
  });
}

const LOGS: Readonly<Record<string, string>> = {
  writeApi: 'write-api',
  readApi: 'read-api',
  profilePage: 'profile-page',
};

interface Service {
  /** Of the process. */
  readonly name: string;
  /** Source file, from the clone's folder. */
  readonly program: string;
  readonly env: Readonly<Record<string, string>>;
  /** Path that is asked whether it serves. */
  readonly ready?: string;
  readonly niceness?: number;
}

export function startService(
  options: ServicesOptions,
  { name, program, env, niceness, ready = '/readyz' }: Service,
): Supervised {
  const port = options.ports[name];
  if (port === undefined) throw new TypeError(`no port was chosen for ${name}`);
  return supervise({
    name,
    command: process.execPath,
    args: compiledProgram(program),
    cwd: options.root,
    niceness,
    env: {
      LOG_LEVEL: 'info',
      ...options.env,
      ...env,
      READSIDE_EXAMPLE: options.application.choice,
      // Whoever runs it may have those of another system in the environment.
      AUTH_SECRET: options.authSecret ?? '',
      AUTH_ISSUER: '',
      AUTH_JWKS_URL: '',
      AUTH_AUDIENCE: OWN_AUDIENCE,
      HOST: '127.0.0.1',
      PORT: String(port),
      NODE_ENV: 'production',
    },
    logFile: join(options.dataDir, 'logs', `${LOGS[name] ?? name}.log`),
    runDir: runDirOf(options.dataDir),
    stopTimeoutMs: STOP_DEADLINE_MS,
    ready: (signal) =>
      waitFor(`${name} on port ${port}`, () => isReady(`http://127.0.0.1:${port}${ready}`), {
        timeoutMs: READY_DEADLINE_MS,
        signal,
      }).then(() => undefined),
    onEvent: options.onEvent,
  });
}

/** What somebody has to mend, by a command that needs the system to be up. */
const NEEDS_A_HAND: ReadonlySet<string> = new Set([
  ...LOST_PLACE,
  'connector-failed',
  'connector-held',
  'projection-paused',
]);

/** A projector whose stream is lost or has failed is as ready as it can be: what heals that needs the system to be up. */
async function isReady(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  const { health } = (await response.json()) as { readonly health?: Pick<Verdict, 'causes'> };
  return response.ok || health?.causes.some(({ code }) => NEEDS_A_HAND.has(code)) === true;
}

/** The same server and database as another user. */
export function withUser(url: string, user: string, password: string): string {
  const changed = new URL(url);
  changed.username = user;
  changed.password = password;
  return changed.href;
}
