/**
 * The servers as native processes. In order: take the data folder, end what a killed run left, check what the machine has, fetch what is missing,
 * set up, and start all four side by side. Whatever fails, everything that was started is ended before the error is thrown.
 */
import { join } from 'node:path';
import { hasData, lockDataDir, wipeData } from '../data-dir.ts';
import { deferred } from '../deferred.ts';
import type { ServerName } from '../events.ts';
import { mongoUrl } from '../mongo-setup.ts';
import { chooseStackPorts } from '../ports.ts';
import { postgresDatabase, postgresUrl } from '../readiness.ts';
import { endOrphans, runDirOf } from '../run-records.ts';
import { loadSecrets } from '../secrets.ts';
import type { Stack, StackEndpoints, StackOptions } from '../stack.ts';
import { supervise, type Supervised } from '../supervisor.ts';
import { prepareConnect } from './connect.ts';
import { install } from './install.ts';
import { prepareKafka } from './kafka.ts';
import { prepareMongod } from './mongod.ts';
import { preparePostgres } from './postgres.ts';
import type { ServerProcess } from './server-process.ts';

export async function startEmbeddedStack(options: StackOptions): Promise<Stack> {
  const lock = lockDataDir(options.dataDir);
  const servers = new Map<ServerName, Supervised>();
  try {
    for (const orphan of await endOrphans(options.dataDir)) options.onEvent({ type: 'orphan', ...orphan });
    if (options.fresh === true) wipeData(options.dataDir);
    const started = await startServers(options, servers);
    let stopped: Promise<void> | undefined;
    return {
      ...started,
      pids: () => ({
        postgres: pidOf(servers, 'postgres'),
        mongod: pidOf(servers, 'mongod'),
        kafka: pidOf(servers, 'kafka'),
        connect: pidOf(servers, 'connect'),
      }),
      stop: () => (stopped ??= stopServers(servers).finally(() => lock.release())),
    };
  } catch (error) {
    await stopServers(servers);
    lock.release();
    throw error;
  }
}

async function startServers(
  options: StackOptions,
  servers: Map<ServerName, Supervised>,
): Promise<Pick<Stack, 'endpoints' | 'secrets'>> {
  const { dataDir, env, onEvent } = options;
  // One failure ends the preparations of all the others.
  const failed = new AbortController();
  const signal =
    options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  // Before anything else writes to the folder: a start that fails on the way must leave no data without its secrets.
  const secrets = loadSecrets(dataDir, hasData(dataDir));
  const installed = await install({ ...options, signal });
  const ports = await chooseStackPorts(dataDir, options.ports ?? 'defaults', onEvent);
  const java = { java: installed.java, libraries: installed.libraries, env };
  const start = async (name: ServerName, prepared: Promise<ServerProcess>): Promise<void> => {
    const server = await prepared;
    signal.throwIfAborted();
    const supervised = supervise({
      ...server,
      runDir: runDirOf(dataDir),
      logFile: join(dataDir, 'logs', `${name}.log`),
      onEvent,
    });
    servers.set(name, supervised);
    await untilAborted(supervised.ready, signal);
  };
  const source = {
    READSIDE_PG_HOST: '127.0.0.1',
    READSIDE_PG_PORT: String(ports.postgres),
    READSIDE_PG_DATABASE: postgresDatabase,
    READSIDE_PG_REPLICATOR_USER: 'readside_replicator',
    READSIDE_PG_REPLICATOR_PASSWORD: secrets.replicator,
    READSIDE_PG_SSLMODE: 'prefer',
    READSIDE_PG_SSLROOTCERT: '',
  };
  const starts = [
    start(
      'kafka',
      prepareKafka({ ...java, dataDir, port: ports.kafka, controllerPort: ports.kafkaController, signal }),
    ),
    // Connect waits for Kafka by itself, and its JVM takes long to start: both at once.
    start(
      'connect',
      prepareConnect({ ...java, dataDir, port: ports.connect, kafkaPort: ports.kafka, source }),
    ),
    start(
      'postgres',
      preparePostgres({
        ...installed.postgres,
        port: ports.postgres,
        password: secrets.postgresSuperuser,
        env,
        signal,
      }),
    ),
    start('mongod', prepareMongod({ binary: installed.mongod, dataDir, port: ports.mongod, secrets, env })),
  ];
  try {
    await Promise.all(starts);
  } catch (error) {
    failed.abort(error);
    // Nothing may be started after the caller has begun to stop.
    await Promise.allSettled(starts);
    throw error;
  }
  const endpoints: StackEndpoints = {
    postgresUrl: postgresUrl(ports.postgres, secrets.postgresSuperuser),
    mongoUrl: mongoUrl(ports.mongod, secrets.mongoRoot),
    kafkaBrokers: `127.0.0.1:${ports.kafka}`,
    connectUrl: `http://127.0.0.1:${ports.connect}`,
  };
  return { endpoints, secrets };
}

/** Connect first: it commits its offsets to Kafka and lets its slot go. The others do not need each other. */
async function stopServers(servers: ReadonlyMap<ServerName, Supervised>): Promise<void> {
  await servers.get('connect')?.stop();
  await Promise.all([...servers.values()].map((server) => server.stop()));
}

function pidOf(servers: ReadonlyMap<ServerName, Supervised>, name: ServerName): number | null {
  return servers.get(name)?.pid() ?? null;
}

async function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = deferred();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    signal.throwIfAborted();
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
