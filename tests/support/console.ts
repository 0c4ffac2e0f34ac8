/** The console as in production, with tokens, as a process of its own on the run's servers, with the rights that it has in a container. */
import { readFileSync } from 'node:fs';
import { withUser } from '../../cli/local/services.ts';
import { authSettings } from '../../services/shared/auth/auth-config.ts';
import { signToken } from '../../services/shared/auth/sign-token.ts';
import type { ActName } from '../../services/shared/acts.ts';
import type { Job } from '../../services/shared/job.ts';
import { waitFor } from '../../stack/wait.ts';
import { TOKEN_SECRET } from './protected-services.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { stackEndpoints, testDataDir } from './stack.ts';

export const OPERATOR = 'operator@example';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface ConsoleClient {
  readonly service: ServiceProcess;
  ask(method: string, path: string, body?: unknown, token?: string | null): Promise<Answer>;
  /** Resolves to its id. @throws Error when it is refused. */
  begin(act: ActName, params: object): Promise<string>;
  /** Resolves to the job when `isSo`. */
  job(id: string, isSo?: (job: Job) => boolean): Promise<Job>;
  events(): Promise<Events>;
  /** Pids of the commands that it runs. */
  children(): readonly number[];
}

export interface Events {
  /** The latest data of an event; undefined: none has come. */
  latest(event: string): unknown;
  count(event: string): number;
  close(): void;
  /** Resolves when the server has ended it. */
  readonly ended: Promise<void>;
}

const JOB_MS = 90_000;

/** Resolves when it is ready. `env`: over what it is started with. */
export async function startConsoleProcess(
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, secrets } = stackEndpoints();
  const service = await startService('console', {
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    MONGODB_URL: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
    KAFKA_BROKERS: kafkaBrokers,
    CONNECT_URL: connectUrl,
    READSIDE_DATA: testDataDir(),
    AUTH_SECRET: TOKEN_SECRET,
    ...env,
  });
  await service.ready();
  return service;
}

export async function startConsole(): Promise<ConsoleClient> {
  const service = await startConsoleProcess();
  const admin = await tokenOf(OPERATOR, ['admin']);

  const ask: ConsoleClient['ask'] = async (method, path, body, token = admin) => {
    const response = await fetch(`${service.url}${path}`, {
      method,
      headers: headersOf(token, body),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
  return {
    service,
    ask,
    async begin(act, params) {
      const { status, body } = await ask('POST', '/api/acts', { act, params });
      if (status !== 202) throw new Error(`${act}: ${status} ${JSON.stringify(body)}`);
      return (body as { readonly id: string }).id;
    },
    job: (id, isSo = ({ state }) => state !== 'running') =>
      waitFor(
        `the act ${id}`,
        async () => {
          const jobs = (await ask('GET', '/api/acts')).body as readonly Job[];
          const found = jobs.find((each) => each.id === id);
          return found && isSo(found) ? found : undefined;
        },
        { timeoutMs: JOB_MS },
      ),
    events: () => openEvents(`${service.url}/api/events`, admin),
    children: () => childrenOf(service.pid),
  };
}

export function tokenOf(subject: string, scopes: readonly string[]): Promise<string> {
  const settings = authSettings({ AUTH_SECRET: TOKEN_SECRET, AUTH_AUDIENCE: 'readside' });
  if (settings?.kind !== 'secret') throw new Error('no secret');
  return signToken(settings, { subject, scopes, expiresAt: Math.floor(Date.now() / 1000) + 3600 });
}

function headersOf(token: string | null, body: unknown): Record<string, string> {
  return {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
}

/** @throws Error when it is refused. */
async function openEvents(url: string, token: string): Promise<Events> {
  const closing = new AbortController();
  const response = await fetch(url, { headers: headersOf(token, undefined), signal: closing.signal });
  if (!response.ok || !response.body) throw new Error(`${url}: ${response.status}`);
  const latest = new Map<string, unknown>();
  const counts = new Map<string, number>();
  const take = (block: string): void => {
    const [, event, data] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
    if (event === undefined || data === undefined) return;
    latest.set(event, JSON.parse(data));
    counts.set(event, (counts.get(event) ?? 0) + 1);
  };
  const read = async (body: ReadableStream<Uint8Array>): Promise<void> => {
    let text = '';
    for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
      const blocks = `${text}${chunk}`.split('\n\n');
      text = blocks.pop() ?? '';
      blocks.forEach(take);
    }
  };
  const ended = read(response.body).catch((error: unknown) => {
    if (!closing.signal.aborted) throw error;
  });
  return {
    latest: (event) => latest.get(event),
    count: (event) => counts.get(event) ?? 0,
    close: () => closing.abort(),
    ended,
  };
}

/** Pids of the processes that it has started. */
export function childrenOf(pid: number): readonly number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}
