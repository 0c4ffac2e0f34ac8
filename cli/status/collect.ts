/**
 * What `readside status` shows, asked of the servers themselves. A part that cannot be asked is told with the reason, and the rest
 * is still shown: status must work best when something is down.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin, Kafka } from 'kafkajs';
import type { MongoClient } from 'mongodb';
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { createPipelineQuestions } from '../../services/shared/health/ask-pipeline.ts';
import type { PipelineAnswers } from '../../services/shared/health/ask-pipeline.ts';
import { ask } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import type { Cause, ServerName } from '../../services/shared/health/causes.ts';
import { STILL_MS } from '../../services/shared/health/find-causes.ts';
import type { HealthFacts } from '../../services/shared/health/facts.ts';
import { healthId } from '../../services/shared/health/health-record.ts';
import type { HealthRecord } from '../../services/shared/health/health-record.ts';
import { createMotion } from '../../services/shared/health/motion.ts';
import type { Verdict } from '../../services/shared/health/verdict.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { lagOf } from '../../services/shared/lag/lag.ts';
import type { Lag, Progress } from '../../services/shared/lag/lag.ts';
import { oldestPending } from '../../services/shared/lag/oldest-pending.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { HEARTBEAT_INTERVAL_MS } from '../../services/shared/stream-names.ts';
import { verificationId, verificationRecords } from '../../services/shared/verify/verification-record.ts';
import type { VerificationRecord } from '../../services/shared/verify/verification-record.ts';
import type { Context } from '../context.ts';
import { countDocuments } from '../count-documents.ts';
import type { Documents } from '../count-documents.ts';

export interface StatusParts {
  readonly facts: HealthFacts;
  readonly servers: ReadonlyArray<{
    readonly name: ServerName;
    readonly pid: number | null;
    readonly up: Asked<true>;
  }>;
  readonly lag: Asked<Lag & Progress>;
  readonly documents: Asked<Documents>;
  /** null: never. */
  readonly verified: Asked<VerificationRecord | null>;
}

const TIMEOUT_MS = 5000;
/** To look for the oldest waiting change takes the joining of a group. */
const LAG_TIMEOUT_MS = 15_000;
/** Two looks so far apart tell whether a source that has proven nothing for long stands still. */
const SECOND_LOOK_MS = 2500;
const SERVERS: readonly ServerName[] = [
  'postgres',
  'mongod',
  'kafka',
  'connect',
  'projector',
  'writeApi',
  'readApi',
];

export async function collectStatus(
  context: Required<Omit<Context, 'local'>> & Pick<Context, 'local'>,
  projection: Projection,
  logger: Logger,
): Promise<StatusParts> {
  const { postgresUrl = '', mongoUrl = '', kafkaBrokers = '', connectUrl = '', local } = context;
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    max: 1,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
    application_name: 'readside-status',
  });
  pool.on('error', () => undefined); // its next query says so
  const mongo = openMongo(mongoUrl, {
    // Before the question's own time is over: then the driver says what it met.
    serverSelectionTimeoutMS: TIMEOUT_MS / 2,
    appName: 'readside-status',
  });
  const kafka = createKafka('readside-status', kafkaBrokers, logger, { retries: 1 });
  const admin = kafka.admin();
  try {
    // Once for all: the driver tells the reason only to whoever asks first.
    const mongoConnected = mongo.connect();
    mongoConnected.catch(() => undefined); // told by each question
    const connected = await ask(() => admin.connect(), TIMEOUT_MS);
    const questions = createPipelineQuestions(
      {
        pool,
        admin,
        connect: createConnectClient(connectUrl),
        db: async () => {
          await mongoConnected;
          return mongo.db();
        },
        projection,
      },
      TIMEOUT_MS,
    );
    const [answers, writeApi, readApi, projector] = await Promise.all([
      questions(),
      ask(() => livez(local?.writeApiUrl), TIMEOUT_MS),
      ask(() => livez(local?.readApiUrl), TIMEOUT_MS),
      ask(() => healthOf(local?.projectors[projection.name]?.url, mongo, projection), TIMEOUT_MS),
    ]);
    const ours = local ? ({ projector, writeApi, readApi } as const) : {};
    const down = [
      ...answers.down.map((each) =>
        each.name === 'kafka' && !connected.ok ? { ...each, ...connected } : each,
      ),
      ...Object.entries(ours).flatMap(([name, up]) =>
        up.ok ? [] : [{ name: name as ServerName, why: up.why }],
      ),
    ];
    const [lag, documents, verified, sourceMs] = await Promise.all([
      measure(kafka, admin, projection, answers),
      whyDown(down, 'mongod') ?? ask(() => countDocuments(mongo.db(), projection), TIMEOUT_MS),
      whyDown(down, 'mongod') ??
        ask(
          () => verificationRecords(mongo.db()).findOne({ _id: verificationId(projection.name) }),
          TIMEOUT_MS,
        ),
      stillMs(questions, answers),
    ]);
    return {
      facts: {
        ...answers,
        down,
        projection: projection.name,
        stream: projection.stream,
        write: null,
        still: { sourceMs, groupMs: 0 },
        lagSeconds: lag.ok ? lag.value.seconds : null,
        found: projector.ok ? projector.value : [],
      },
      servers: SERVERS.filter((name) => local || !['projector', 'writeApi', 'readApi'].includes(name)).map(
        (name) => ({
          name,
          pid: local?.pids[name] ?? null,
          up: whyDown(down, name) ?? { ok: true, value: true },
        }),
      ),
      lag,
      documents,
      verified,
    };
  } finally {
    await Promise.all([
      ask(() => pool.end(), TIMEOUT_MS),
      ask(() => mongo.close(), TIMEOUT_MS),
      ask(() => admin.disconnect(), TIMEOUT_MS),
    ]);
  }
}

function whyDown(
  down: HealthFacts['down'],
  ...names: readonly ServerName[]
): { readonly ok: false; readonly why: string } | null {
  const found = down.find(({ name }) => names.includes(name));
  return found ? { ok: false, why: found.why } : null;
}

async function livez(url: string | undefined): Promise<true> {
  if (url === undefined) throw new Error('its address is not known');
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`answers ${response.status}`);
  return true;
}

/** What only the projector knows: what it told last, asked of itself where it is near, else of what it has written down. */
async function healthOf(
  url: string | undefined,
  mongo: MongoClient,
  projection: Projection,
): Promise<readonly Cause[]> {
  if (url !== undefined) {
    const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { health } = (await response.json()) as { readonly health?: Verdict };
    return known(health);
  }
  const record = await mongo
    .db()
    .collection<HealthRecord>(FRESHNESS_COLLECTION)
    .findOne({ _id: healthId(projection.name) });
  return record && Date.now() - record.at.getTime() < STILL_MS ? known(record) : [];
}

/** What can be asked anew is: a server that is up again a moment later is no cause. */
const ONLY_THE_PROJECTOR_KNOWS: ReadonlySet<string> = new Set([
  'schema-mismatch',
  'projection-paused',
  'partition-stalled',
  'store-refuses-writes',
  'nothing-applied',
  'measure-hangs',
]);

function known(health: Verdict | undefined): readonly Cause[] {
  return (health?.causes ?? []).filter(({ code }) => ONLY_THE_PROJECTOR_KNOWS.has(code));
}

function measure(
  kafka: Kafka,
  admin: Admin,
  { topic }: Projection,
  answers: PipelineAnswers,
): Promise<Asked<Lag & Progress>> | Asked<Lag & Progress> {
  const { source, topic: progress } = answers;
  if (source === null || progress === null)
    return whyDown(answers.down, 'postgres', 'kafka') ?? { ok: false, why: 'it was not asked' };
  if (progress === 'absent') return { ok: false, why: `the topic ${topic} does not exist` };
  return ask(async () => {
    const proven = source.provenAt?.getTime() ?? null;
    const pending = await oldestPending(kafka, admin, topic, progress);
    const asOf = proven === null ? null : Math.min(proven, pending ?? proven);
    const measured = { source, topic: progress };
    return { ...lagOf(measured, asOf, HEARTBEAT_INTERVAL_MS), ...measured };
  }, LAG_TIMEOUT_MS);
}

/** 0 unless nothing was proven for long, and a second look finds the same. */
async function stillMs(
  questions: () => Promise<PipelineAnswers>,
  { source, topic }: PipelineAnswers,
): Promise<number> {
  if (source?.provenAt == null || topic === null || topic === 'absent') return 0;
  const age = source.now.getTime() - source.provenAt.getTime();
  if (age <= STILL_MS) return 0;
  const motion = createMotion();
  motion.observe(0, source, topic);
  await sleep(SECOND_LOOK_MS);
  const again = await questions();
  const { sourceMs } = motion.observe(
    SECOND_LOOK_MS,
    again.source,
    again.topic === 'absent' ? null : again.topic,
  );
  return sourceMs === 0 ? 0 : age;
}
