/** Kafka Connect's REST interface, as much of it as we use. Knows no connector's configuration. */

import { isCertificateFailure } from '../refused-access.ts';

export type ConnectorConfig = Readonly<Record<string, string>>;

export interface ConnectorStatus {
  readonly name: string;
  readonly connector: { readonly state: string; readonly worker_id: string; readonly trace?: string };
  readonly tasks: ReadonlyArray<{
    readonly id: number;
    readonly state: string;
    readonly worker_id: string;
    readonly trace?: string;
  }>;
}

/** Connect answered with an error, or not at all (`status` 0). */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly status: number;
  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

/** Connect has not read its own topics to their end: of no connector is it known whether there is one. */
export class ConnectStartingError extends ConnectError {
  constructor() {
    super(503, 'Kafka Connect is starting: it has not read its own topics to their end');
  }
}

/** Where a source connector is in its source, as it keeps it itself; null: nowhere yet. */
export type ConnectorOffset = Readonly<Record<string, unknown>>;

/** Of the worker. */
export interface ConnectAbout {
  readonly version: string;
  readonly kafka_cluster_id: string;
}

export interface ConnectPlugin {
  readonly class: string;
  readonly version: string;
}

export interface ConnectClient {
  about(): Promise<ConnectAbout>;
  plugins(): Promise<readonly ConnectPlugin[]>;
  /** Of all connectors. */
  names(): Promise<readonly string[]>;
  /** Makes a connector that does nothing until `resume`. */
  createStopped(name: string, config: ConnectorConfig): Promise<void>;
  put(name: string, config: ConnectorConfig): Promise<void>;
  /** null when there is no such connector. */
  config(name: string): Promise<ConnectorConfig | null>;
  status(name: string): Promise<ConnectorStatus | null>;
  pause(name: string): Promise<void>;
  resume(name: string): Promise<void>;
  /** Only what has failed, the connector or its tasks, is started again. */
  restartFailed(name: string): Promise<void>;
  /** Ends the tasks; the connector, its offsets and its slot stay. `resume` starts it again. */
  stop(name: string): Promise<void>;
  /** Of a connector with one task. Connect keeps it when the connector is deleted, and gives it to the next of that name. */
  offset(name: string): Promise<ConnectorOffset | null>;
  /** Of a stopped connector: it begins from the beginning. */
  deleteOffsets(name: string): Promise<void>;
  /** False when there was none. */
  delete(name: string): Promise<boolean>;
}

const TIMEOUT_MS = 10_000;
/** A worker that is starting keeps the question for 10 s. */
const HEALTH_TIMEOUT_MS = 1500;
/** A worker that is (re)joining its group refuses for a moment; these pass by themselves. */
const PASSING = new Set([0, 409, 500, 503]);
/** Of these it is not known whether it was done: 500 is also Connect's word for a request that took too long. */
const IN_DOUBT = new Set([0, 500]);
const PATIENCE_MS = 30_000;
/**
 * With one that takes a question and does not answer. For that of the offsets it reads their topic to the end, behind which a transaction may
 * be open whose topic was deleted: Kafka ends it after 60 s.
 */
const SILENT_PATIENCE_MS = 90_000;
const RETRY_DELAY_MS = 250;

/** `address`: of one worker or, with commas between, of several; with `user:password@` where they ask for it. */
export function createConnectClient(address: string): ConnectClient {
  const workers = address.split(',').map(splitAddress);
  let asked = 0;
  const path = (name: string, rest: string): string => `/connectors/${encodeURIComponent(name)}${rest}`;

  /** Where that worker does not answer, the next try is at the next one. */
  async function once(method: string, url: string, body?: unknown, timeoutMs = TIMEOUT_MS): Promise<unknown> {
    const turn = asked;
    const worker = workers[turn % workers.length];
    if (!worker) throw new TypeError('no worker was named');
    const { baseUrl, credentials } = worker;
    let response: Response;
    try {
      response = await fetch(new URL(url, baseUrl), {
        method,
        headers: { 'content-type': 'application/json', accept: 'application/json', ...credentials },
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      // Not where another call that failed beside this one has moved on already.
      asked = Math.max(asked, turn + 1);
      throw new ConnectError(0, `Kafka Connect does not answer at ${baseUrl}`, error);
    }
    const text = await response.text();
    if (response.ok) return text === '' ? null : (JSON.parse(text) as unknown);
    throw new ConnectError(
      response.status,
      `Kafka Connect answered ${response.status} to ${method} ${url}: ${text.slice(0, 2000)}`,
    );
  }

  /** For what changes nothing: every worker knows it. */
  async function look(url: string): Promise<unknown> {
    for (let left = workers.length - 1; ; left--) {
      try {
        return await once('GET', url);
      } catch (error) {
        if (!(error instanceof ConnectError) || error.status !== 0 || left === 0) throw error;
      }
    }
  }

  /**
   * For what changes something and is asked for by name: repeated while the worker is only busy. `isDone`: an earlier try, whose answer
   * was lost or came too late, has done it.
   */
  async function patiently(
    method: string,
    url: string,
    body?: unknown,
    isDone: (error: ConnectError) => boolean = () => false,
  ): Promise<unknown> {
    const began = Date.now();
    let isInDoubt = false;
    for (let tries = 1; ; tries++) {
      try {
        return await once(method, url, body);
      } catch (error) {
        if (!(error instanceof ConnectError)) throw error;
        if (isInDoubt && isDone(error)) return null;
        const patienceMs = isTimeout(error.cause) ? SILENT_PATIENCE_MS : PATIENCE_MS;
        if (isCertificateFailure(error) && tries >= workers.length) throw error;
        if (!PASSING.has(error.status) || Date.now() > began + patienceMs) throw error;
        isInDoubt ||= IN_DOUBT.has(error.status);
        await new Promise((resolve) => setTimeout(resolve, RETRY_DELAY_MS));
      }
    }
  }

  async function orNull<T>(work: Promise<unknown>): Promise<T | null> {
    try {
      return (await work) as T;
    } catch (error) {
      if (error instanceof ConnectError && error.status === 404) return null;
      throw error;
    }
  }

  /** Of one that does not know of a connector. /health is in Connect since 3.9, and answers at once unless it is starting. */
  async function isStarting(): Promise<boolean> {
    try {
      await once('GET', '/health', undefined, HEALTH_TIMEOUT_MS);
      return false;
    } catch (error) {
      if (error instanceof ConnectError) return true;
      throw error;
    }
  }

  /** null when there is no such connector. */
  async function known<T>(name: string, rest: string): Promise<T | null> {
    const found = await orNull<T>(look(path(name, rest)));
    if (found === null && (await isStarting())) throw new ConnectStartingError();
    return found;
  }

  return {
    about: async () => (await look('/')) as ConnectAbout,
    plugins: async () => (await look('/connector-plugins')) as readonly ConnectPlugin[],
    names: async () => (await look('/connectors')) as readonly string[],
    createStopped: async (name, config) =>
      void (await patiently(
        'POST',
        '/connectors',
        { name, config, initial_state: 'STOPPED' },
        ({ status, message }) => status === 409 && message.includes('already exists'),
      )),
    put: async (name, config) => void (await patiently('PUT', path(name, '/config'), config)),
    config: (name) => known<ConnectorConfig>(name, '/config'),
    status: (name) => known<ConnectorStatus>(name, '/status'),
    pause: async (name) => void (await patiently('PUT', path(name, '/pause'))),
    restartFailed: async (name) =>
      void (await once('POST', path(name, '/restart?includeTasks=true&onlyFailed=true'))),
    resume: async (name) => void (await patiently('PUT', path(name, '/resume'))),
    stop: async (name) => void (await patiently('PUT', path(name, '/stop'))),
    offset: async (name) => {
      const { offsets } = (await patiently('GET', path(name, '/offsets'))) as {
        readonly offsets: ReadonlyArray<{ readonly offset: ConnectorOffset | null }>;
      };
      return offsets[0]?.offset ?? null;
    },
    deleteOffsets: async (name) => void (await patiently('DELETE', path(name, '/offsets'))),
    delete: async (name) => (await orNull(patiently('DELETE', path(name, '')).then(() => true))) ?? false,
  };
}

/** `fetch` takes no address that holds a password, and no message may show one. */
function splitAddress(address: string): {
  readonly baseUrl: string;
  readonly credentials: Readonly<Record<string, string>>;
} {
  const url = new URL(address);
  const { username, password } = url;
  if (username === '' && password === '') return { baseUrl: address, credentials: {} };
  url.username = '';
  url.password = '';
  const known = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { baseUrl: url.href, credentials: { authorization: `Basic ${known.toString('base64')}` } };
}

function isTimeout(cause: unknown): boolean {
  return typeof cause === 'object' && cause !== null && 'name' in cause && cause.name === 'TimeoutError';
}
