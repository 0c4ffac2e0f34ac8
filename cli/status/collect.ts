/**
 * What `readside status` shows, asked of the servers themselves. A part that cannot be asked is told with the reason, and the rest
 * is still shown: status must work best when something is down.
 */
import type { Admin, Kafka } from 'kafkajs';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorStatus } from '../../services/shared/connect/connect-client.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { lagOf, measureProgress } from '../../services/shared/lag/measure-lag.ts';
import type { Lag, Progress } from '../../services/shared/lag/measure-lag.ts';
import { oldestPending } from '../../services/shared/lag/oldest-pending.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { connectorName, HEARTBEAT_INTERVAL_MS, slotName } from '../../services/shared/stream-names.ts';
import type { Context } from '../context.ts';
import type { ProcessName } from '../local/stack-file.ts';

/** An answer, or why there is none. */
export type Asked<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export interface Documents {
  readonly live: number;
  /** Children that wait for their root's row. */
  readonly pending: number;
  readonly tombstones: number;
}

export interface StatusParts {
  readonly projection: string;
  readonly servers: ReadonlyArray<{
    readonly name: ProcessName;
    readonly pid: number | null;
    readonly up: Asked<true>;
  }>;
  readonly connector: Asked<ConnectorStatus | null>;
  /** Members of the projector's consumer group. */
  readonly projectors: Asked<number>;
  readonly lag: Asked<Lag & Progress>;
  readonly documents: Asked<Documents>;
}

const TIMEOUT_MS = 5000;

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
    application_name: 'readside-status',
  });
  pool.on('error', () => undefined); // its next query says so
  const mongo = new MongoClient(mongoUrl, {
    serverSelectionTimeoutMS: TIMEOUT_MS,
    appName: 'readside-status',
  });
  const kafkaClient = createKafka('readside-status', kafkaBrokers, logger, { retries: 1 });
  const admin = kafkaClient.admin();
  const connect = createConnectClient(connectUrl);
  try {
    const [postgres, mongod, kafka, connector, writeApi, readApi, projector] = await Promise.all([
      ask(() => pool.query('select 1')),
      ask(() => mongo.db('admin').command({ ping: 1 })),
      ask(() => admin.connect()),
      ask(() => connect.status(connectorName(projection.stream))),
      ask(() => alive(local?.writeApiUrl)),
      ask(() => alive(local?.readApiUrl)),
      ask(() => alive(local?.projectorUrl)),
    ]);
    const [lag, projectors, documents] = await Promise.all([
      bothUp(postgres, kafka) ?? ask(() => measure(pool, kafkaClient, admin, projection)),
      kafka.ok ? ask(() => membersOf(admin, projection.group)) : kafka,
      mongod.ok ? ask(() => countDocuments(mongo, projection)) : mongod,
    ]);
    const up = { postgres, mongod, kafka, connect: connector, projector, writeApi, readApi };
    const names = (Object.keys(up) as ProcessName[]).filter(
      (name) => local || !['projector', 'writeApi', 'readApi'].includes(name),
    );
    return {
      projection: projection.name,
      servers: names.map((name) => ({
        name,
        pid: local?.pids[name] ?? null,
        up: up[name].ok ? { ok: true, value: true } : up[name],
      })),
      connector,
      projectors,
      lag,
      documents,
    };
  } finally {
    await Promise.all([pool.end(), mongo.close(), admin.disconnect()]);
  }
}

async function ask<T>(question: () => Promise<T>): Promise<Asked<T>> {
  try {
    return { ok: true, value: await question() };
  } catch (error) {
    return {
      ok: false,
      why: (error instanceof Error ? error.message || error.name : String(error)).split('\n')[0] ?? '',
    };
  }
}

function bothUp(a: Asked<unknown>, b: Asked<unknown>): { readonly ok: false; readonly why: string } | null {
  return !a.ok ? a : !b.ok ? b : null;
}

async function alive(url: string | undefined): Promise<true> {
  if (url === undefined) throw new Error('its address is not known');
  const response = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`answers ${response.status}`);
  return true;
}

async function measure(
  pool: pg.Pool,
  kafka: Kafka,
  admin: Admin,
  projection: Projection,
): Promise<Lag & Progress> {
  const { topic, group, stream } = projection;
  const progress = await measureProgress({ pool, admin, slot: slotName(stream), topic, group });
  const proven = progress.source.provenAt?.getTime() ?? null;
  const pending = await oldestPending(kafka, admin, topic, progress.topic);
  const asOf = proven === null ? null : Math.min(proven, pending ?? proven);
  return { ...lagOf(progress, asOf, HEARTBEAT_INTERVAL_MS), ...progress };
}

async function membersOf(admin: Admin, group: string): Promise<number> {
  const { groups } = await admin.describeGroups([group]);
  return groups[0]?.members.length ?? 0;
}

async function countDocuments(mongo: MongoClient, projection: Projection): Promise<Documents> {
  const collection = mongo.db().collection(projection.resource);
  const [total, tombstones, pending] = await Promise.all([
    // Counted by the index: the collection's own count is off after a mongod that was killed.
    collection.countDocuments({}, { hint: '_id_' }),
    collection.countDocuments({ '_sync.deletedAt': { $exists: true } }, { hint: 'tombstones' }),
    collection.countDocuments({ '_sync.phase': 'pending' }, { hint: 'pending' }),
  ]);
  return { live: total - tombstones - pending, pending, tombstones };
}
