/** The servers of the cluster: one Postgres, three Kafka nodes, a replica set of three and two Connect workers, on ports of their own. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import profile from '../../../projections/profile.ts';
import { wipeData } from '../../../stack/data-dir.ts';
import { install } from '../../../stack/embedded/install.ts';
import { preparePostgres } from '../../../stack/embedded/postgres.ts';
import { choosePorts } from '../../../stack/ports.ts';
import { postgresDatabase, postgresUrl } from '../../../stack/readiness.ts';
import { endOrphans, runDirOf } from '../../../stack/run-records.ts';
import { loadSecrets } from '../../../stack/secrets.ts';
import type { StackSecrets } from '../../../stack/secrets.ts';
import { startMongoSet } from '../faults/mongo-set.ts';
import type { MongoSet } from '../faults/mongo-set.ts';
import { startBrokers } from './brokers.ts';
import { startMember, stopAll } from './member.ts';
import type { Member } from './member.ts';
import { startWorkers } from './workers.ts';
import type { Workers } from './workers.ts';

export interface Servers {
  readonly brokers: readonly Member[];
  readonly workers: Workers;
  readonly mongo: MongoSet;
  readonly secrets: StackSecrets;
  /** Of all members of each kind, as their administrator. */
  readonly endpoints: Record<'postgresUrl' | 'mongoUrl' | 'kafkaBrokers' | 'connectUrl', string>;
}

/** What was started and must be ended, the last first. */
export type Releases = Array<() => Promise<unknown>>;

export const REPLICAS = 3;
const CONNECT_WORKERS = 2;

/** `dataDir`: its lock is held. Resolves when each server answers. */
export async function startServers(dataDir: string, releases: Releases): Promise<Servers> {
  await endOrphans(dataDir);
  wipe(dataDir);
  const secrets = loadSecrets(dataDir, false);
  const installed = await install({ dataDir, env: process.env, onEvent: () => undefined });
  const ports = await choosePortsOf(join(dataDir, 'ports.json'), {
    postgres: 1,
    kafka: REPLICAS,
    controller: REPLICAS,
    connect: CONNECT_WORKERS,
  });
  const [postgresPort = 0] = ports.postgres;
  const java = { java: installed.java, libraries: installed.libraries, env: process.env };
  const kept = (members: readonly Member[]): readonly Member[] => {
    releases.push(() => stopAll(members));
    return members;
  };

  const brokers = kept(
    await startBrokers({ ...java, dataDir, ports: ports.kafka, controllerPorts: ports.controller }),
  );
  const postgres = startMember({
    ...(await preparePostgres({
      ...installed.postgres,
      port: postgresPort,
      password: secrets.postgresSuperuser,
      env: process.env,
    })),
    logFile: join(dataDir, 'logs', 'postgres.log'),
    runDir: runDirOf(dataDir),
  });
  kept([postgres]);
  const mongo = await startMongoSet({
    dataDir: join(dataDir, 'mongo'),
    count: REPLICAS,
    binary: installed.mongod,
    secrets,
    runDir: runDirOf(dataDir),
  });
  releases.push(() => mongo.close());
  await Promise.all([postgres, ...brokers].map((each) => each.ready));
  const kafkaBrokers = ports.kafka.map((port) => `127.0.0.1:${port}`).join(',');
  const source = {
    READSIDE_PG_HOST: '127.0.0.1',
    READSIDE_PG_PORT: String(postgresPort),
    READSIDE_PG_DATABASE: postgresDatabase,
    READSIDE_PG_REPLICATOR_USER: 'readside_replicator',
    READSIDE_PG_REPLICATOR_PASSWORD: secrets.replicator,
  };
  const workers = await startWorkers(
    { ...java, dataDir, ports: ports.connect, kafkaBrokers, source },
    profile.stream,
  );
  await Promise.all(kept(workers.members).map((each) => each.ready));
  const endpoints = {
    postgresUrl: postgresUrl(postgresPort, secrets.postgresSuperuser),
    mongoUrl: mongo.urls.admin,
    kafkaBrokers,
    connectUrl: workers.url,
  };
  return { brokers, workers, mongo, secrets, endpoints };
}

/** By the kind; `path`: where they are noted. */
export async function choosePortsOf<K extends string>(
  path: string,
  counts: Readonly<Record<K, number>>,
): Promise<Readonly<Record<K, readonly number[]>>> {
  const kinds = Object.entries<number>(counts);
  const all = kinds.flatMap(([kind, count]) => numbered(kind, count));
  const chosen = await choosePorts(
    path,
    Object.fromEntries(all.map((name) => [name, 0])),
    'ephemeral',
    () => undefined,
  );
  const byKind = kinds.map(([kind, count]) => [kind, numbered(kind, count).map((name) => chosen[name] ?? 0)]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.entries forgets the names
  return Object.fromEntries(byKind) as Record<K, readonly number[]>;
}

/** kafka1, kafka2, kafka3 */
export function numbered(kind: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `${kind}${n + 1}`);
}

function wipe(dataDir: string): void {
  wipeData(dataDir);
  const folders = ['kafka', 'connect'].flatMap((kind) => numbered(kind, REPLICAS));
  for (const folder of folders) rmSync(join(dataDir, folder), { recursive: true, force: true });
  mkdirSync(join(dataDir, 'mongo'), { recursive: true, mode: 0o700 });
}
