/**
 * The servers as containers of the official images, by testcontainers. The data is in named volumes, one set for each data folder; the containers
 * themselves are removed at stop, and by testcontainers' reaper when we are killed.
 *
 * The engine must be on this machine: ports are bound on loopback.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  GenericContainer,
  getContainerRuntimeClient,
  Network,
  type ContainerRuntimeClient,
  type StartedTestContainer,
} from 'testcontainers';
import { lockDataDir, wipeData } from '../data-dir.ts';
import { messageOf, PrerequisiteError, ServerStartError } from '../errors.ts';
import type { ServerName } from '../events.ts';
import { bringUpMongo, mongoUrl } from '../mongo-setup.ts';
import { chooseStackPorts } from '../ports.ts';
import { connectAnswers, kafkaAnswers, postgresAnswers, postgresUrl } from '../readiness.ts';
import { loadSecrets } from '../secrets.ts';
import { dockerFolder } from '../server-settings.ts';
import type { Stack, StackOptions } from '../stack.ts';
import { versions } from '../versions.ts';
import {
  connectContainer,
  kafkaContainer,
  mongoContainer,
  postgresContainer,
  type ContainerSetup,
} from './server-containers.ts';
import { watchContainer, type Watched } from './watch-container.ts';

const volumeNames = ['postgres', 'mongo', 'kafka'] as const;

export async function startContainerStack(options: StackOptions): Promise<Stack> {
  const engine = await findEngine();
  const lock = lockDataDir(options.dataDir);
  const releasers: (() => Promise<unknown>)[] = [];
  const watched = new Map<ServerName, Watched>();
  const pidOf = (name: ServerName): number | null => watched.get(name)?.pid() ?? null;
  const release = async (): Promise<void> => {
    // Last started, first stopped: Connect before Kafka, the network after all of them.
    for (const releaser of releasers.splice(0).toReversed()) await releaser();
    lock.release();
  };
  try {
    const started = await startContainers(engine, options, releasers, watched);
    let stopped: Promise<void> | undefined;
    return {
      ...started,
      pids: () => ({
        postgres: pidOf('postgres'),
        mongod: pidOf('mongod'),
        kafka: pidOf('kafka'),
        connect: pidOf('connect'),
      }),
      stop: () => (stopped ??= release()),
    };
  } catch (error) {
    await release();
    throw error;
  }
}

async function findEngine(): Promise<ContainerRuntimeClient> {
  try {
    return await getContainerRuntimeClient();
  } catch (error) {
    throw new PrerequisiteError([
      `no container engine can be reached (${messageOf(error)}): start Docker or Podman, or use the embedded servers, which need none`,
    ]);
  }
}

async function startContainers(
  engine: ContainerRuntimeClient,
  options: StackOptions,
  releasers: (() => Promise<unknown>)[],
  watched: Map<ServerName, Watched>,
): Promise<Pick<Stack, 'endpoints' | 'secrets'>> {
  const { dataDir, onEvent } = options;
  const signal = options.signal ?? new AbortController().signal;
  const volumes = `readside-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`;
  if (options.fresh === true) {
    wipeData(dataDir);
    for (const name of volumeNames) await removeVolume(engine, `${volumes}-${name}`);
  }
  const secrets = loadSecrets(dataDir, await volumeExists(engine, `${volumes}-postgres`));
  const ports = await chooseStackPorts(dataDir, options.ports ?? 'defaults', onEvent);
  await buildConnect(options);
  signal.throwIfAborted();
  const network = await new Network().start();
  releasers.push(() => network.stop());
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true });
  const setup: ContainerSetup = { network, ports, secrets, volumes };

  const start = async (
    name: ServerName,
    container: GenericContainer,
    ready: () => Promise<void>,
  ): Promise<void> => {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const started = await container.start().catch((error: unknown) => {
      throw new ServerStartError(name, messageOf(error), { cause: error });
    });
    releasers.push(() => stopContainer(name, started, onEvent));
    const logFile = join(logs, `${name}.log`);
    const docker = engine.container.dockerode;
    const watch = await watchContainer({ docker, id: started.getId(), name, logFile, onEvent });
    releasers.push(() => watch.stop());
    watched.set(name, watch);
    await ready();
    onEvent({
      type: 'ready',
      name,
      pid: watch.pid() ?? 0,
      ms: Math.round(performance.now() - startedAt),
    });
  };
  const starts = [
    start('kafka', kafkaContainer(setup), () => kafkaAnswers(ports.kafka, signal)).then(() =>
      start('connect', connectContainer(setup), () => connectAnswers(ports.connect, signal)),
    ),
    start('postgres', postgresContainer(setup), () =>
      postgresAnswers(ports.postgres, secrets.postgresSuperuser, signal),
    ),
    start('mongod', mongoContainer(setup), () => bringUpMongo({ port: ports.mongod, secrets }, signal)),
  ];
  // Each has to end before the caller may stop what was started.
  const failure = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return {
    secrets,
    endpoints: {
      postgresUrl: postgresUrl(ports.postgres, secrets.postgresSuperuser),
      mongoUrl: mongoUrl(ports.mongod, secrets.mongoRoot),
      kafkaBrokers: `127.0.0.1:${ports.kafka}`,
      connectUrl: `http://127.0.0.1:${ports.connect}`,
    },
  };
}

async function buildConnect({ onEvent }: StackOptions): Promise<void> {
  const startedAt = performance.now();
  onEvent({ type: 'installing', name: versions.connect.image });
  await GenericContainer.fromDockerfile(`${dockerFolder}/connect`)
    .withBuildArgs({
      KAFKA_IMAGE: versions.kafka.image,
      MAVEN_IMAGE: versions.maven.image,
      DEBEZIUM_VERSION: versions.debezium.version,
      DEBEZIUM_SHA256: versions.debezium.sha256,
    })
    .withBuildkit()
    .build(versions.connect.image, { deleteOnExit: false });
  onEvent({ type: 'installed', name: versions.connect.image, ms: Math.round(performance.now() - startedAt) });
}

async function stopContainer(
  name: ServerName,
  container: StartedTestContainer,
  onEvent: StackOptions['onEvent'],
): Promise<void> {
  const startedAt = performance.now();
  onEvent({ type: 'stopping', name });
  // Seconds for a graceful end, then SIGKILL. The named volume stays; only the image's anonymous ones go.
  await container.stop({ timeout: 15_000, remove: true, removeVolumes: true });
  onEvent({ type: 'stopped', name, ms: Math.round(performance.now() - startedAt) });
}

async function volumeExists(engine: ContainerRuntimeClient, name: string): Promise<boolean> {
  const { Volumes } = await engine.container.dockerode.listVolumes({ filters: { name: [name] } });
  return Volumes.some((volume) => volume.Name === name);
}

async function removeVolume(engine: ContainerRuntimeClient, name: string): Promise<void> {
  try {
    await engine.container.dockerode.getVolume(name).remove();
  } catch (error) {
    // 404: there was none. `statusCode` is dockerode's; 409, in use, is a real problem.
    const status =
      typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
    if (status !== 404) throw error;
  }
}
