/**
 * A whole Readside that has members to lose: its servers, three projectors of the profile and two of its counts, two APIs of each kind. It is
 * installed as an operator does it, by the command.
 */
import { join } from 'node:path';
import insights from '../../../projections/insights.ts';
import profile from '../../../projections/profile.ts';
import { withUser } from '../../../cli/local/services.ts';
import { lockDataDir } from '../../../stack/data-dir.ts';
import { waitFor } from '../../../stack/wait.ts';
import { runCli } from '../cli.ts';
import type { CliResult } from '../cli.ts';
import { openPipeline } from '../pipeline.ts';
import type { Pipeline } from '../pipeline.ts';
import { serviceProcess } from '../supervised-service.ts';
import type { ServiceSetup } from '../supervised-service.ts';
import { allInSync } from './brokers.ts';
import { MEMBERS_DIR } from './folder.ts';
import { startMember, stopAll } from './member.ts';
import type { Member } from './member.ts';
import { choosePortsOf, numbered, REPLICAS, startServers } from './servers.ts';
import type { Releases, Servers } from './servers.ts';

/** A service's processes of one kind. */
export interface Processes {
  readonly members: readonly Member[];
  readonly urls: readonly string[];
}

export interface Cluster extends Pick<Servers, 'brokers' | 'workers' | 'mongo'> {
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

const JOINED_MS = 60_000;

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

async function start(dataDir: string, releases: Releases): Promise<Omit<Cluster, 'close'>> {
  const servers = await startServers(dataDir, releases);
  await migrate(dataDir, servers);
  const { brokers, workers, mongo, endpoints } = servers;
  const cli: Cluster['cli'] = (...args) =>
    runCli(args, dataDir, {
      DATABASE_URL: endpoints.postgresUrl,
      MONGODB_URL: endpoints.mongoUrl,
      KAFKA_BROKERS: endpoints.kafkaBrokers,
      CONNECT_URL: endpoints.connectUrl,
    });
  await succeeded(cli('register'));
  const services = await startServices(dataDir, servers, releases);
  const pipeline = await openPipeline(profile, undefined, endpoints);
  releases.push(() => pipeline.close());
  const counts = await openPipeline(insights, undefined, endpoints);
  releases.push(() => counts.close());
  const cluster = { brokers, workers, mongo, ...services, pipeline, counts, cli };
  await whole(cluster);
  return cluster;
}

async function migrate(dataDir: string, { secrets, endpoints }: Servers): Promise<void> {
  await succeeded(
    runCli(['migrate'], dataDir, {
      ADMIN_DATABASE_URL: endpoints.postgresUrl,
      OWNER_PASSWORD: secrets.owner,
      WRITER_PASSWORD: secrets.writer,
      REPLICATOR_PASSWORD: secrets.replicator,
      READER_PASSWORD: secrets.reader,
    }),
  );
}

async function startServices(
  dataDir: string,
  { mongo, secrets, endpoints }: Servers,
  releases: Releases,
): Promise<Pick<Cluster, 'writeApis' | 'projectors' | 'counters' | 'readApis'>> {
  const counts = { 'write-api': 2, projector: 3, counter: 2, 'read-api': 2 };
  const ports = await choosePortsOf(join(dataDir, 'service-ports.json'), counts);
  const serve = (kind: keyof typeof counts, folder: ServiceSetup['folder'], env: Env): Processes => {
    const members = numbered(kind, counts[kind]).map((name, n) =>
      startMember(serviceProcess({ name, folder, port: ports[kind][n] ?? 0, env, dataDir })),
    );
    releases.push(() => stopAll(members));
    return { members, urls: ports[kind].map((port) => `http://127.0.0.1:${port}`) };
  };
  const { postgresUrl, kafkaBrokers, connectUrl } = endpoints;
  const readerUrl = withUser(postgresUrl, 'readside_reader', secrets.reader);
  const projectorEnv = {
    DATABASE_URL: readerUrl,
    MONGODB_URL: mongo.urls.projector,
    KAFKA_BROKERS: kafkaBrokers,
    CONNECT_URL: connectUrl,
  };
  const services = {
    writeApis: serve('write-api', 'write-api', {
      DATABASE_URL: withUser(postgresUrl, 'readside_writer', secrets.writer),
    }),
    projectors: serve('projector', 'projector', { ...projectorEnv, PROJECTION: profile.name }),
    counters: serve('counter', 'projector', { ...projectorEnv, PROJECTION: insights.name }),
    readApis: serve('read-api', 'read-api', {
      DATABASE_URL: readerUrl,
      MONGODB_URL: mongo.urls.reader,
      PROJECTION: `${profile.name},${insights.name}`,
    }),
  };
  for (const { members } of Object.values(services)) await Promise.all(members.map((each) => each.ready));
  return services;
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

async function succeeded(running: Promise<CliResult>): Promise<void> {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
}
