/**
 * A read side of a row's own: projectors and a read API on the run's Postgres and Kafka, with a consumer group and a collection of
 * their own. So a row can have several projectors, other links or another MongoDB, and nothing of the run's is in its way.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withQuarantine } from '../../../cli/dlq/open.ts';
import { retryDocuments } from '../../../cli/dlq/retry.ts';
import { withUser } from '../../../cli/local/services.ts';
import { DEFAULT_TOPIC_SETTINGS, ensureTopics } from '../../../connectors/topics.ts';
import { installSourceViews } from '../../../services/shared/install-source-view.ts';
import type { Projection } from '../../../services/shared/projection/projection.ts';
import { deadLettersTopic } from '../../../services/shared/stream-names.ts';
import { choosePorts } from '../../../stack/ports.ts';
import { supervise } from '../../../stack/supervisor.ts';
import type { Supervised } from '../../../stack/supervisor.ts';
import { waitFor } from '../../../stack/wait.ts';
import copy from '../../fixtures/projections/profile-copy.ts';
import { openPipeline } from '../pipeline.ts';
import type { Pipeline } from '../pipeline.ts';
import { runningSystem, stackEndpoints, testDataDir } from '../stack.ts';
import { serviceProcess } from '../supervised-service.ts';
import type { ServiceSetup } from '../supervised-service.ts';
import type { Place } from './fault-row.ts';

export interface MongoUrls {
  readonly admin: string;
  readonly projector: string;
  readonly reader: string;
}

export interface ReadSideOptions {
  /** A file in tests/fixtures/projections/ and what it exports; by default the profile's copy. */
  readonly projection?: { readonly file: string; readonly is: Projection };
  /** Whether all that was written until now is to be waited for; by default it is. */
  readonly settle?: boolean;
  readonly projectors?: number;
  /** By default the run's. */
  readonly mongo?: MongoUrls;
  /** Modules that each projector loads before its own. */
  readonly preload?: readonly string[];
  /** Over what a projector is started with. */
  readonly env?: Env;
  /** Released after everything else. */
  readonly close?: () => Promise<void>;
}

export interface ReadSide extends Place {
  /** What a projector of this read side is started with. */
  readonly env: Env;
  /** One of them, started again by its supervisor when it dies. */
  projector(index: number): Supervised;
  stopProjectors(): Promise<void>;
  /** After `stopProjectors`; resolves when they are ready, or at once where that cannot be (`ready: false`). */
  startProjectors(env?: Env, options?: { readonly ready: boolean }): Promise<void>;
  /** Of the first projector's health. */
  readonly projectorUrl: string;
  /** Its API with another environment; resolves when it is ready. */
  restartReadApi(env: Env): Promise<void>;
  members(): Promise<number>;
}

type Env = Readonly<Record<string, string>>;

const FIXTURES = new URL('../../fixtures/projections/', import.meta.url);
const READY_MS = 60_000;
/** A new group begins with all that the topic holds, and a long run has filled it. */
const SETTLE_MS = 240_000;

export async function openReadSide(options: ReadSideOptions = {}): Promise<ReadSide> {
  const releases: Array<() => Promise<unknown>> = [];
  if (options.close) releases.push(options.close);
  const close = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const release of releases.splice(0).toReversed())
      await release().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'the read side was not cleaned up');
  };
  try {
    return { ...(await open(options, releases)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function open(
  options: ReadSideOptions,
  releases: Array<() => Promise<unknown>>,
): Promise<Omit<ReadSide, 'close'>> {
  const { file, is: projection } = options.projection ?? { file: 'profile-copy.ts', is: copy };
  const PROJECTION = fileURLToPath(new URL(file, FIXTURES));
  const { postgresUrl, mongoUrl, kafkaBrokers, secrets } = stackEndpoints();
  const mongo = options.mongo ?? {
    admin: mongoUrl,
    projector: withUser(mongoUrl, 'readside_projector', secrets.mongoProjector),
    reader: withUser(mongoUrl, 'readside_reader', secrets.mongoReader),
  };
  const DATABASE_URL = withUser(postgresUrl, 'readside_reader', secrets.reader);
  await installSourceViews(postgresUrl, [projection]);
  const pipeline = await openPipeline(projection, undefined, {
    postgresUrl,
    mongoUrl: mongo.admin,
    kafkaBrokers,
  });
  releases.push(
    () => pipeline.close(),
    async () => void (await pipeline.documents.drop()),
    // What it says of a topic is void once the documents are gone.
    async () => void (await pipeline.records.deleteMany({ _id: { $regex: `^${projection.name}:` } })),
    () => forgetGroup(pipeline.admin, projection.group),
  );
  if (await makeDeadLetters(pipeline))
    releases.push(async () => pipeline.admin.deleteTopics({ topics: [deadLettersTopic(projection.name)] }));
  const count = options.projectors ?? 1;
  // Several read sides may stand beside one another.
  const own = (name: string): string => `${projection.name}-${name}`;
  const names = ['readApi', ...Array.from({ length: count }, (_, n) => `projector${n}`)].map(own);
  const ports = await choosePorts(
    join(testDataDir(), `${projection.name}-side-ports.json`),
    Object.fromEntries(names.map((name) => [name, 0])),
    'ephemeral',
    () => undefined,
  );
  const env: Env = {
    PROJECTION,
    DATABASE_URL,
    MONGODB_URL: mongo.projector,
    KAFKA_BROKERS: kafkaBrokers,
    ...options.env,
  };
  const startReadApi = (over: Env): Supervised =>
    startSupervised({
      name: own('readApi'),
      folder: 'read-api',
      port: ports[own('readApi')] ?? 0,
      env: { PROJECTION, DATABASE_URL, MONGODB_URL: mongo.reader, ...over },
    });
  let readApi = startReadApi({});
  let projectors: readonly Supervised[] = [];
  const stopProjectors = async (): Promise<void> => {
    await Promise.all(projectors.map((each) => each.stop()));
    projectors = [];
  };
  const startProjectors = async (over: Env = {}, { ready } = { ready: true }): Promise<void> => {
    projectors = names.slice(1).map((name) =>
      startSupervised({
        name,
        folder: 'projector',
        port: ports[name] ?? 0,
        preload: options.preload ?? [],
        env: { ...env, ...over },
      }),
    );
    if (ready) await Promise.all(projectors.map((each) => each.ready));
  };
  releases.push(() => readApi.stop(), stopProjectors);
  await startProjectors();
  await readApi.ready;
  const { writeApiUrl } = runningSystem();
  if (options.settle ?? true) {
    await pipeline.settled(SETTLE_MS);
    await passOverPoison({ mongoUrl: mongo.admin, kafkaBrokers }, projection);
  }
  return {
    pipeline,
    writeApiUrl,
    readApiUrl: `http://127.0.0.1:${ports[own('readApi')]}`,
    projectorUrl: `http://127.0.0.1:${ports[own('projector0')]}`,
    env,
    projector: (index) => {
      const found = projectors[index];
      if (!found) throw new Error(`there is no projector ${index}`);
      return found;
    },
    stopProjectors,
    startProjectors,
    restartReadApi: async (over) => {
      await readApi.stop();
      readApi = startReadApi(over);
      await readApi.ready;
    },
    members: async () => {
      const { groups } = await pipeline.admin.describeGroups([projection.group]);
      return groups[0]?.members.length ?? 0;
    },
  };
}

/** True when it was not there. */
async function makeDeadLetters({ admin, projection }: Pipeline): Promise<boolean> {
  const made = await ensureTopics(admin, projection.stream, DEFAULT_TOPIC_SETTINGS, [projection.name]);
  return made.includes(deadLettersTopic(projection.name));
}

/** What earlier rows and tests have put into the shared topic, and passed over in their own documents. */
async function passOverPoison(
  addresses: { readonly mongoUrl: string; readonly kafkaBrokers: string },
  projection: Projection,
): Promise<void> {
  await withQuarantine(addresses, projection, async (quarantine) => {
    for (;;) {
      const ids = (await quarantine.marked()).map(({ _id }) => _id);
      if (ids.length === 0) return;
      await retryDocuments(quarantine, ids, { dryRun: false, dropFirst: true });
    }
  });
}

function startSupervised(setup: Omit<ServiceSetup, 'dataDir'>): Supervised {
  return supervise({
    ...serviceProcess({ ...setup, name: `side-${setup.name}`, dataDir: testDataDir() }),
    onEvent: () => undefined, // what becomes of them is seen from outside
  });
}

/** A group stays for a moment after its last member left. */
async function forgetGroup(
  admin: Awaited<ReturnType<typeof openPipeline>>['admin'],
  group: string,
): Promise<void> {
  await waitFor(
    `group ${group} to be forgotten`,
    async () => {
      const { groups } = await admin.listGroups();
      if (groups.some(({ groupId }) => groupId === group)) await admin.deleteGroups([group]);
      return true;
    },
    { timeoutMs: READY_MS },
  );
}
