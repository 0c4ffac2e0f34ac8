/**
 * A whole Readside that has members to lose: three Kafka nodes, two Connect workers, a replica set of three, three projectors of the profile
 * and two of its counts, two APIs of each kind, around the one Postgres. Installed as an operator does it, by the command.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import insights from '../../../projections/insights.ts';
import profile from '../../../projections/profile.ts';
import { withUser } from '../../../cli/local/services.ts';
import { lockDataDir, wipeData } from '../../../stack/data-dir.ts';
import { install } from '../../../stack/embedded/install.ts';
import { preparePostgres } from '../../../stack/embedded/postgres.ts';
import { choosePorts } from '../../../stack/ports.ts';
import { postgresDatabase, postgresUrl } from '../../../stack/readiness.ts';
import { endOrphans, runDirOf } from '../../../stack/run-records.ts';
import { loadSecrets } from '../../../stack/secrets.ts';
import { waitFor } from '../../../stack/wait.ts';
import { runCli } from '../cli.ts';
import type { CliResult } from '../cli.ts';
import { startMongoSet } from '../faults/mongo-set.ts';
import type { MongoSet } from '../faults/mongo-set.ts';
import { openPipeline } from '../pipeline.ts';
import type { Pipeline } from '../pipeline.ts';
import { serviceProcess } from '../supervised-service.ts';
import type { ServiceSetup } from '../supervised-service.ts';
import { allInSync, startBrokers } from './brokers.ts';
import { MEMBERS_DIR } from './folder.ts';
import { startMember, stopAll } from './member.ts';
import type { Member } from './member.ts';
import { startWorkers } from './workers.ts';
import type { Workers } from './workers.ts';

/** A service's processes of one kind. */
export interface Processes {
  readonly members: readonly Member[];
  readonly urls: readonly string[];
}

export interface Cluster {
  readonly brokers: readonly Member[];
  readonly workers: Workers;
  readonly mongo: MongoSet;
  readonly projectors: Processes;
  readonly counters: Processes;
  readonly writeApis: Processes;
  readonly readApis: Processes;
  /** Of the profile, and of the counts. */
  readonly pipeline: Pipeline;
  readonly counts: Pipeline;
  /** `readside` on this cluster's addresses. */
  cli(...args: readonly string[]): Promise<CliResult>;
  /** Ends everything. The logs stay until the next start. */
  close(): Promise<void>;
}

type Env = Readonly<Record<string, string>>;

const REPLICAS = 3;
const JOINED_MS = 60_000;
const names = (kind: string, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => `${kind}${n + 1}`);
const NAMES = {
  kafka: names('kafka', REPLICAS),
  controllers: names('controller', REPLICAS),
  connect: names('connect', 2),
  projectors: names('projector', 3),
  counters: names('counter', 2),
  writeApis: names('write-api', 2),
  readApis: names('read-api', 2),
};

export async function startCluster(): Promise<Cluster> {
  const lock = lockDataDir(MEMBERS_DIR);
  const releases: Array<() => Promise<unknown>> = [async () => lock.release()];
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const release of releases.splice(0).toReversed())
      await release().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'the cluster was not ended');
  };
  try {
    return { ...(await start(MEMBERS_DIR, releases)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  dataDir: string,
  releases: Array<() => Promise<unknown>>,
): Promise<Omit<Cluster, 'close'>> {
  await endOrphans(dataDir);
  wipe(dataDir);
  // Five JVMs on few cores: what they do here is not worth the second compiler's time.
  const env = { ...process.env, JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' };
  const secrets = loadSecrets(dataDir, false);
  const installed = await install({ dataDir, env, onEvent: () => undefined });
  const chosen = await choosePorts(
    join(dataDir, 'ports.json'),
    Object.fromEntries(['postgres', ...Object.values(NAMES).flat()].map((name) => [name, 0])),
    'ephemeral',
    () => undefined,
  );
  const portOf = (name: string): number => chosen[name] ?? 0;
  const portsOf = (kind: keyof typeof NAMES): readonly number[] => NAMES[kind].map(portOf);
  const java = { java: installed.java, libraries: installed.libraries, env };
  const kept = (members: readonly Member[]): readonly Member[] => {
    releases.push(() => stopAll(members));
    return members;
  };

  const brokers = kept(
    await startBrokers({
      ...java,
      dataDir,
      ports: portsOf('kafka'),
      controllerPorts: portsOf('controllers'),
    }),
  );
  const postgres = startMember({
    ...(await preparePostgres({
      ...installed.postgres,
      port: portOf('postgres'),
      password: secrets.postgresSuperuser,
      env,
    })),
    logFile: join(dataDir, 'logs', 'postgres.log'),
    runDir: runDirOf(dataDir),
  });
  kept([postgres]);
  const mongo = await startMongoSet({
    dataDir: join(dataDir, 'mongo'),
    count: 3,
    binary: installed.mongod,
    secrets,
    runDir: runDirOf(dataDir),
  });
  releases.push(() => mongo.close());
  await Promise.all([postgres, ...brokers].map((each) => each.ready));
  const kafkaBrokers = portsOf('kafka')
    .map((port) => `127.0.0.1:${port}`)
    .join(',');
  const workers = await startWorkers(
    {
      ...java,
      dataDir,
      ports: portsOf('connect'),
      kafkaBrokers,
      source: {
        READSIDE_PG_HOST: '127.0.0.1',
        READSIDE_PG_PORT: String(portOf('postgres')),
        READSIDE_PG_DATABASE: postgresDatabase,
        READSIDE_PG_REPLICATOR_USER: 'readside_replicator',
        READSIDE_PG_REPLICATOR_PASSWORD: secrets.replicator,
      },
    },
    profile.stream,
  );
  kept(workers.members);
  await Promise.all(workers.members.map((each) => each.ready));

  const adminUrl = postgresUrl(portOf('postgres'), secrets.postgresSuperuser);
  const addresses = {
    DATABASE_URL: adminUrl,
    MONGODB_URL: mongo.urls.admin,
    KAFKA_BROKERS: kafkaBrokers,
    CONNECT_URL: workers.url,
  };
  const cli = (...args: readonly string[]): Promise<CliResult> => runCli(args, dataDir, addresses);
  await succeeded(
    runCli(['migrate'], dataDir, {
      ADMIN_DATABASE_URL: adminUrl,
      OWNER_PASSWORD: secrets.owner,
      WRITER_PASSWORD: secrets.writer,
      REPLICATOR_PASSWORD: secrets.replicator,
      READER_PASSWORD: secrets.reader,
    }),
  );
  await succeeded(cli('register'));

  const readerUrl = withUser(adminUrl, 'readside_reader', secrets.reader);
  const serve = (kind: keyof typeof NAMES, folder: ServiceSetup['folder'], own: Env): Processes => ({
    members: kept(
      NAMES[kind].map((name) =>
        startMember(serviceProcess({ name, folder, port: portOf(name), env: own, dataDir })),
      ),
    ),
    urls: portsOf(kind).map((port) => `http://127.0.0.1:${port}`),
  });
  const projectorEnv = {
    DATABASE_URL: readerUrl,
    MONGODB_URL: mongo.urls.projector,
    KAFKA_BROKERS: kafkaBrokers,
    CONNECT_URL: workers.url,
  };
  const services = {
    writeApis: serve('writeApis', 'write-api', {
      DATABASE_URL: withUser(adminUrl, 'readside_writer', secrets.writer),
    }),
    projectors: serve('projectors', 'projector', { ...projectorEnv, PROJECTION: profile.name }),
    counters: serve('counters', 'projector', { ...projectorEnv, PROJECTION: insights.name }),
    readApis: serve('readApis', 'read-api', {
      DATABASE_URL: readerUrl,
      MONGODB_URL: mongo.urls.reader,
      PROJECTION: `${profile.name},${insights.name}`,
    }),
  };
  for (const { members } of Object.values(services)) await Promise.all(members.map((each) => each.ready));

  const places = { postgresUrl: adminUrl, mongoUrl: mongo.urls.admin, kafkaBrokers };
  const pipeline = await openPipeline(profile, undefined, places);
  releases.push(() => pipeline.close());
  const counts = await openPipeline(insights, undefined, places);
  releases.push(() => counts.close());
  const cluster = { brokers, workers, mongo, ...services, pipeline, counts, cli };
  await whole(cluster);
  return cluster;
}

/** Resolves when no member of any kind is missing. */
export async function whole(cluster: Omit<Cluster, 'close'>): Promise<void> {
  const { pipeline, counts, mongo, workers, projectors, counters } = cluster;
  await allInSync(pipeline.admin, REPLICAS);
  await mongo.whole();
  await workers.running();
  await allJoined(pipeline, projectors);
  await allJoined(counts, counters);
}

async function allJoined({ admin, projection }: Pipeline, { members }: Processes): Promise<void> {
  await waitFor(
    `${members.length} projectors in ${projection.group}`,
    async () => {
      const { groups } = await admin.describeGroups([projection.group]);
      return groups[0]?.state === 'Stable' && groups[0].members.length === members.length;
    },
    { timeoutMs: JOINED_MS, intervalMs: 250 },
  );
}

function wipe(dataDir: string): void {
  wipeData(dataDir);
  const folders = ['kafka', 'connect'].flatMap((kind) => names(kind, REPLICAS));
  for (const folder of folders) rmSync(join(dataDir, folder), { recursive: true, force: true });
  mkdirSync(join(dataDir, 'mongo'), { recursive: true, mode: 0o700 });
}

async function succeeded(running: Promise<CliResult>): Promise<void> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
}
