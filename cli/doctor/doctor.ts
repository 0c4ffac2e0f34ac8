/**
 * The whole set-up, looked at from the bottom up: this machine, the configuration, each server, the services, the read models. Each question
 * is bounded in time, and what cannot be asked is a finding of its own: it must say most when nothing works.
 */
import { MAX_MESSAGE_BYTES } from '../../connectors/topics.ts';
import type { Finding } from '../../services/shared/check/finding.ts';
import { ask } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import {
  changesTopic,
  connectorName,
  deadLettersTopic,
  heartbeatTopic,
  slotName,
} from '../../services/shared/stream-names.ts';
import { folderOf, MIGRATIONS } from '../../services/shared/application.ts';
import type { Application } from '../../services/shared/application.ts';
import { migrationNames } from '../../services/shared/foundation/migrate.ts';
import { versions } from '../../stack/versions.ts';
import { checkProjection } from '../check/check-projection.ts';
import type { Context } from '../context.ts';
import { begunProjections } from '../started-projections.ts';
import { openConnections } from '../status/connections.ts';
import type { Connections } from '../status/connections.ts';
import { createLooks } from '../status/looks.ts';
import type { ServiceUrls } from '../status/service-urls.ts';
import { askKafka } from './ask-kafka.ts';
import { askMachine } from './ask-machine.ts';
import { askMongo } from './ask-mongo.ts';
import { askPostgres } from './ask-postgres.ts';
import { askApis, askProjectors, askToken } from './ask-services.ts';
import { DOCTOR_STAGES } from './check.ts';
import type { Check } from './check.ts';
import { judgeConnect } from './judge-connect.ts';
import { judgeKafka } from './judge-kafka.ts';
import { judgeMachine } from './judge-machine.ts';
import { judgeMongo } from './judge-mongo.ts';
import { judgePostgres } from './judge-postgres.ts';
import { judgeReadModels } from './judge-read-model.ts';
import { notReached } from './judge-server.ts';
import { judgeProjector, judgeService, judgeToken } from './judge-services.ts';

export interface Patient {
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly context: Context;
  readonly urls: ServiceUrls;
  /** For requests; null: none is known. */
  readonly token: string | null;
  readonly application: Application;
  /** All that are known. */
  readonly projections: readonly Projection[];
  /** What the configuration was judged to be. */
  readonly configuration: readonly Check[];
}

const TIMEOUT_MS = 8000;

export async function examine(patient: Patient): Promise<readonly Check[]> {
  const { dataDir, env, context, configuration } = patient;
  const { postgresUrl, mongoUrl, kafkaBrokers, connectUrl, local } = context;
  // Where all addresses are of elsewhere, nothing of a local system is wanted.
  const isLocal =
    local !== undefined || [postgresUrl, mongoUrl, kafkaBrokers, connectUrl].includes(undefined);
  const machine = isLocal ? judgeMachine(await askMachine(dataDir, env, local !== undefined)) : [];
  const beside = await examineServices(patient);
  const isKnown = configuration.every(({ mark }) => mark !== 'broken');
  const servers =
    isKnown &&
    postgresUrl !== undefined &&
    mongoUrl !== undefined &&
    kafkaBrokers !== undefined &&
    connectUrl !== undefined
      ? await examineServers(patient, { postgresUrl, mongoUrl, kafkaBrokers, connectUrl })
      : [];
  const all = [...machine, ...configuration, ...servers, ...beside];
  return DOCTOR_STAGES.flatMap((stage) => all.filter((each) => each.stage === stage));
}

async function examineServices({ urls, projections, context, token }: Patient): Promise<readonly Check[]> {
  const running = projections.filter(({ name }) => context.local?.projectors[name]?.stopped !== true);
  const [apis, projectors, entrance] = await Promise.all([
    askApis(urls, TIMEOUT_MS),
    askProjectors(
      urls,
      running.map(({ name }) => name),
      TIMEOUT_MS,
    ),
    askToken(urls.readApi, projections[0]?.resource ?? '', token, TIMEOUT_MS),
  ]);
  return [
    ...apis.map(judgeService),
    ...projectors.map(judgeProjector),
    ...(entrance?.ok ? [judgeToken(entrance.value)] : []),
  ];
}

async function examineServers(
  patient: Patient,
  addresses: Parameters<typeof openConnections>[0],
): Promise<readonly Check[]> {
  const { projections, context } = patient;
  const connections = openConnections(addresses, createLogger('readside', 'silent'), TIMEOUT_MS);
  try {
    const kafka = await connections.ensure();
    const started =
      context.local === undefined
        ? ((await begunProjections(projections, connections.db, TIMEOUT_MS)) ?? projections.slice(0, 1))
        : projections.filter(({ name }) => name in (context.local?.projectors ?? {}));
    const [servers, models] = await Promise.all([
      judgeServers(connections, patient, kafka),
      examineReadModels(connections, patient, started),
    ]);
    return [...servers, ...models];
  } finally {
    await connections.close();
  }
}

async function judgeServers(
  { pool, admin, connect, db }: Connections,
  { projections, application }: Patient,
  connected: Asked<unknown>,
): Promise<readonly Check[]> {
  const streams = [...new Set(projections.map(({ stream }) => stream))];
  const topics = topicsOf(streams, projections);
  const [postgres, kafka, mongo, worker] = await Promise.all([
    ask(() => askPostgres(pool, projections), TIMEOUT_MS),
    connected.ok
      ? ask(
          () =>
            askKafka(
              admin,
              topics.map(({ name }) => name),
              TIMEOUT_MS,
            ),
          TIMEOUT_MS,
        )
      : (connected as Asked<never>),
    ask(async () => askMongo(await db()), TIMEOUT_MS),
    ask(
      async () => ({
        about: await connect.about(),
        plugins: await connect.plugins(),
        connectors: await connect.names(),
      }),
      TIMEOUT_MS,
    ),
  ]);
  const migrations = migrationNames(folderOf(application, MIGRATIONS));
  return [
    ...(postgres.ok
      ? judgePostgres(postgres.value, {
          tested: versions.postgres.version,
          slots: streams.map(slotName),
          migrations,
        })
      : [notReached('postgres', 'Postgres', 'DATABASE_URL', postgres.why)]),
    ...(kafka.ok
      ? judgeKafka(kafka.value, { maxMessageBytes: MAX_MESSAGE_BYTES, topics })
      : [notReached('kafka', 'Kafka', 'KAFKA_BROKERS', kafka.why)]),
    ...(worker.ok
      ? judgeConnect(
          {
            version: worker.value.about.version,
            clusterId: worker.value.about.kafka_cluster_id,
            debezium: worker.value.plugins.find((each) => DEBEZIUM.test(each.class))?.version ?? null,
            connectors: worker.value.connectors,
          },
          {
            kafka: versions.kafka.version,
            debezium: versions.debezium.version,
            connectors: streams.map(connectorName),
            clusterId: kafka.ok ? kafka.value.clusterId : null,
          },
        )
      : [notReached('connect', 'Kafka Connect', 'CONNECT_URL', worker.why)]),
    ...(mongo.ok
      ? judgeMongo(mongo.value, mongoTested())
      : [notReached('mongodb', 'MongoDB', 'MONGODB_URL', mongo.why)]),
  ];
}

const DEBEZIUM = /\.PostgresConnector$/;

/** Of the image; the embedded one is older, and tested too. */
function mongoTested(): string {
  return versions.mongo.image.split(':')[1] ?? versions.mongo.embedded.version;
}

function topicsOf(streams: readonly string[], projections: readonly Projection[]) {
  return [
    ...streams.flatMap((stream) => [
      { name: changesTopic(stream), asMany: null, maxMessageBytes: MAX_MESSAGE_BYTES },
      { name: heartbeatTopic(stream), asMany: null, maxMessageBytes: 0 },
    ]),
    ...projections.map(({ name, topic }) => ({
      name: deadLettersTopic(name),
      asMany: topic,
      maxMessageBytes: MAX_MESSAGE_BYTES,
    })),
  ];
}

async function examineReadModels(
  connections: Connections,
  { context, urls, projections }: Patient,
  started: readonly Projection[],
): Promise<readonly Check[]> {
  const { pool, admin, connect } = connections;
  const look = createLooks(connections, false);
  const [report, findings] = await Promise.all([
    look({ projections: started, local: context.local, urls }),
    Promise.all(
      started.map(async (each) => {
        const db = await ask(connections.db, TIMEOUT_MS);
        return db.ok ? checkProjection({ pool, admin, connect, db: db.value }, each, projections) : UNASKED;
      }),
    ),
  ]);
  return judgeReadModels(
    report.projections.map((each, at) => ({ report: each, findings: findings[at] ?? [] })),
  );
}

/** That MongoDB does not answer is told of it. */
const UNASKED: readonly Finding[] = [
  { code: 'store-down', text: 'MongoDB does not answer', why: '', remedy: '', blocking: false },
];
