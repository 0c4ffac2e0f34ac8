/**
 * The servers that Readside stands on: Postgres, MongoDB, Kafka and Kafka Connect with Debezium, as native processes or as containers, behind one
 * interface. Owns their processes, data, ports and passwords; knows nothing of tables, topics, connectors or services.
 *
 * Guarantees: `startStack` resolves when every server has answered in its own protocol, or rejects with nothing left running. A server that dies
 * comes back on the same port with the same data. One process at a time uses a data folder.
 */
import { resolve } from 'node:path';
import type { OnEvent, ServerName } from './events.ts';
import type { PortPolicy } from './ports.ts';
import type { StackSecrets } from './secrets.ts';

export type { StackEvent, ProcessEvent, ServerName } from './events.ts';
export type { StackSecrets } from './secrets.ts';

export interface StackOptions {
  /** Absolute, or relative to the working directory. Survives restarts. */
  readonly dataDir: string;
  /** Removes the data first. */
  readonly fresh?: boolean;
  /** `defaults`: 15432, 27117, 19092, 18083, or the next free one. `ephemeral`: random free ones, for tests. Either way remembered in the data folder. */
  readonly ports?: PortPolicy;
  readonly provider?: 'embedded' | 'containers';
  readonly onEvent: OnEvent;
  /** Aborting it during the start ends what has been started; afterwards it does nothing. */
  readonly signal?: AbortSignal;
  /** What the tools we call see (PATH, HOME, JAVA_HOME, XDG_CACHE_HOME, proxies): main passes its `process.env`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A mongod to use in place of the one that would be downloaded. */
  readonly mongodPath?: string;
}

export interface StackEndpoints {
  /** Superuser `postgres`, database `readside`. */
  readonly postgresUrl: string;
  /** User `readside_admin` (root), replica set `rs0`, database `readside`. */
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
  readonly connectUrl: string;
}

export interface Stack {
  readonly endpoints: StackEndpoints;
  readonly secrets: StackSecrets;
  /** The current pids; they change when a server is restarted, and are null while it is down, or is one of another machine (Docker Desktop). */
  pids(): Readonly<Record<ServerName, number | null>>;
  /** Idempotent. Ends Connect first, then the others, and leaves no process. */
  stop(): Promise<void>;
}

/** Rejects with PrerequisiteError, DataDirBusyError, DataDirError, InstallError or ServerStartError, or with the signal's reason. */
export async function startStack(options: StackOptions): Promise<Stack> {
  options.signal?.throwIfAborted();
  const absolute = { ...options, dataDir: resolve(options.dataDir) };
  if (options.provider === 'containers') {
    const { startContainerStack } = await import('./containers/container-stack.ts');
    return startContainerStack(absolute);
  }
  const { startEmbeddedStack } = await import('./embedded/embedded-stack.ts');
  return startEmbeddedStack(absolute);
}
