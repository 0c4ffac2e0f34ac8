/**
 * The whole system on this machine: servers, schema, topics, connector, services; what `readside up`, the tests and the benchmarks
 * run. Resolves when a command's effect can be read; stops everything, in reverse, on `stop` or when the start fails.
 */
import { join } from 'node:path';
import { StreamLostError } from '../../connectors/restart-stream.ts';
import { DEFAULT_TOPIC_SETTINGS } from '../../connectors/topics.ts';
import { loadApplication } from '../../services/shared/application.ts';
import type { Application } from '../../services/shared/application.ts';
import { loadListed } from '../../services/shared/load-projection.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StackEvent } from '../../stack/events.ts';
import { choosePorts } from '../../stack/ports.ts';
import { startStack } from '../../stack/stack.ts';
import type { Stack, StackOptions } from '../../stack/stack.ts';
import type { Supervised } from '../../stack/supervisor.ts';
import { noteDataOf } from './data-of.ts';
import { developmentToken } from './development-token.ts';
import { prepareSource, prepareTopics, refuseLostStreams, registerConnectors } from './deploy.ts';
import { localUrl, pagePorts, startPages } from './pages.ts';
import type { PageName } from './pages.ts';
import { projectorPorts, readModels, runProjectors, writeStopped } from './projectors.ts';
import type { LocalProjector } from './projectors.ts';
import { PREFERRED_PORTS, startApis } from './services.ts';
import type { ApiName } from './services.ts';
import { removeStackFile, writeStackFile } from './stack-file.ts';
import type { StackFile } from './stack-file.ts';
import { startTraffic, trafficPorts } from './traffic.ts';

export type SystemEvent = StackEvent | { readonly type: 'done'; readonly what: string; readonly ms: number };

export interface SystemOptions extends Omit<StackOptions, 'onEvent' | 'dataDir'> {
  /** The clone's folder. */
  readonly root: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Partitions of the changes' topic when it is made (default: 4); an error when it exists with another number. */
  readonly partitions?: number;
  /** Default: the clone's own. */
  readonly application?: Application;
  /** Names or paths of the read models. The first one's projector is `projector` in stack.json. */
  readonly projections: readonly string[];
  /** The services let nobody in without a token (default: false, for those who measure and test). */
  readonly auth?: boolean;
  /** Commands a second that the application's traffic makes (default: none). */
  readonly traffic?: number;
  /** What people look at, beside the services (default: none, likewise). */
  readonly pages?: readonly PageName[];
  readonly logger: Logger;
  readonly onEvent: (event: SystemEvent) => void;
}

export interface System {
  /** As it is now: pids change when something is started again. */
  info(): StackFile;
  readonly stack: Stack;
  readonly services: Readonly<Record<ApiName, Supervised>>;
  stop(): Promise<void>;
}

/** Enough to show that order is kept by partition, on a machine that has other things to do. */
const LOCAL_PARTITIONS = 4;

export async function startSystem(options: SystemOptions): Promise<System> {
  const releases: Array<() => Promise<void> | void> = [];
  const stop = async (): Promise<void> => {
    for (const release of releases.splice(0).toReversed()) await release();
  };
  try {
    return { ...(await start(options, releases)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  options: SystemOptions,
  releases: Array<() => Promise<void> | void>,
): Promise<Omit<System, 'stop'>> {
  const { dataDir, signal, onEvent, logger, pages = [], traffic = 0 } = options;
  const application = options.application ?? (await loadApplication());
  const projections = await loadListed(application, options.projections);
  const models = readModels(
    options.projections,
    projections.map(({ name }) => name),
  );
  // A process that was started again has another pid, and the file tells the present one.
  let refresh: (() => void) | null = null;
  const notice = (event: StackEvent): void => {
    onEvent(event);
    if (event.type === 'starting' || event.type === 'died') refresh?.();
  };

  const stack = await startStack({ ...options, onEvent: notice });
  releases.push(() => stack.stop());
  signal?.throwIfAborted();
  // With the data goes what somebody wanted of it.
  if (options.fresh) writeStopped(dataDir, []);
  noteDataOf(dataDir, application.choice);

  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now();
    const result = await work();
    signal?.throwIfAborted();
    onEvent({ type: 'done', what, ms: performance.now() - started });
    return result;
  };
  const topics = {
    ...DEFAULT_TOPIC_SETTINGS,
    partitions: options.partitions ?? LOCAL_PARTITIONS,
    partitionsAsked: options.partitions !== undefined,
  };
  await Promise.all([
    step('tables, roles and source view', () =>
      prepareSource(stack.endpoints.postgresUrl, stack.secrets, application, projections),
    ),
    step('topics', () => prepareTopics(stack.endpoints.kafkaBrokers, projections, topics, logger)),
  ]);

  const ports = await choosePorts(
    join(dataDir, 'service-ports.json'),
    { ...PREFERRED_PORTS, ...projectorPorts(models), ...pagePorts(pages), ...trafficPorts(traffic) },
    options.ports ?? 'defaults',
    onEvent,
  );
  const authSecret = options.auth ? stack.secrets.tokens : null;
  const token = authSecret === null ? null : await developmentToken(authSecret);
  const serving = { ...options, application, stack, ports, authSecret, onEvent: notice };
  const services = startApis(serving);
  const projectors = runProjectors(serving, models, () => refresh?.());
  const running = [projectors, ...Object.values(services)];
  releases.push(async () => void (await Promise.all(running.map((each) => each.stop()))));
  await Promise.all([
    step('connector', () => connectStreams(stack.endpoints, projections, logger, onEvent)),
    ...running.map(({ ready }) => ready),
  ]);
  signal?.throwIfAborted();
  // They show a system that serves.
  const shown = startPages(serving, pages);
  releases.push(async () => void (await Promise.all(Object.values(shown).map((each) => each.stop()))));
  await Promise.all(Object.values(shown).map(({ ready }) => ready));
  signal?.throwIfAborted();
  const writers = startTraffic(serving, traffic, token);
  releases.push(() => writers?.stop());
  await writers?.ready;
  signal?.throwIfAborted();

  const info = (): StackFile => ({
    application: application.choice,
    ...describe(
      stack,
      { ...services, ...shown, ...(writers && { traffic: writers }) },
      projectors.now(),
      models[0]?.name ?? '',
      ports,
    ),
    token,
  });
  refresh = () => writeStackFile(dataDir, info());
  releases.push(() => {
    refresh = null;
    removeStackFile(dataDir);
  });
  refresh();
  return { info, stack, services };
}

/** A stream that has lost its place is told and left as it is: what heals it needs the system to be up. */
async function connectStreams(
  endpoints: Stack['endpoints'],
  projections: readonly Projection[],
  logger: Logger,
  onEvent: SystemOptions['onEvent'],
): Promise<void> {
  try {
    await refuseLostStreams(endpoints, projections, logger);
  } catch (error) {
    if (!(error instanceof StreamLostError)) throw error;
    onEvent({ type: 'not-ready', name: 'connector', message: error.message });
    return;
  }
  await registerConnectors(endpoints.connectUrl, projections);
}

function describe(
  stack: Stack,
  services: Readonly<Record<ApiName, Supervised> & Partial<Record<PageName | 'traffic', Supervised>>>,
  projectors: Readonly<Record<string, LocalProjector>>,
  first: string,
  ports: Readonly<Record<string, number>>,
): Omit<StackFile, 'application' | 'token'> {
  const urlOf = (name: PageName): string | null => (services[name] ? localUrl(ports, name) : null);
  return {
    ...stack.endpoints,
    writeApiUrl: localUrl(ports, 'writeApi'),
    readApiUrl: localUrl(ports, 'readApi'),
    consoleUrl: urlOf('console'),
    profilePageUrl: urlOf('profilePage'),
    projectorUrl: projectors[first]?.url ?? '',
    projectors,
    pids: {
      ...stack.pids(),
      projector: projectors[first]?.pid ?? null,
      writeApi: services.writeApi.pid(),
      readApi: services.readApi.pid(),
      ...(services.console && { console: services.console.pid() }),
      ...(services.profilePage && { profilePage: services.profilePage.pid() }),
      ...(services.traffic && { traffic: services.traffic.pid() }),
    },
  };
}
