/**
 * Looks into the run's pipeline from outside: its SQL side, its Mongo side, and how far the one is behind the other. What a test
 * needs to know when everything has arrived, without waiting for a fixed time.
 */
import type { Admin } from 'kafkajs';
import type { Collection, Db } from 'mongodb';
import pg from 'pg';
import profile from '../../projections/profile.ts';
import type { PositionRecord } from '../../services/projector/position-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { sourceProgress } from '../../services/shared/lag/source-progress.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { slotName } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import type { StackEndpoints } from '../../stack/stack.ts';
import { stackEndpoints } from './stack.ts';

export interface Pipeline {
  readonly projection: Projection;
  /** A superuser's connections: any SQL writer counts. */
  readonly sql: pg.Pool;
  readonly db: Db;
  readonly documents: Collection<StoredDocument>;
  /** What the projector notes of each projection. */
  readonly records: Collection<PositionRecord>;
  readonly admin: Admin;
  /** Resolves when all that was committed before the call is in the documents. */
  settled(timeoutMs?: number): Promise<void>;
  close(): Promise<void>;
}

/** Where a pipeline's two ends and its middle are; each as its administrator. */
export type PipelineServers = Pick<StackEndpoints, 'postgresUrl' | 'mongoUrl' | 'kafkaBrokers'>;

/**
 * `sourceUrl`: of another database on the run's Postgres that holds the source tables. `servers`: of another system, or with
 * documents elsewhere; by default the run's own.
 */
export async function openPipeline(
  projection: Projection = profile,
  sourceUrl?: string,
  servers: PipelineServers = stackEndpoints(),
): Promise<Pipeline> {
  const { postgresUrl, mongoUrl, kafkaBrokers } = servers;
  const sql = new pg.Pool({
    connectionString: sourceUrl ?? postgresUrl,
    max: 16,
    connectionTimeoutMillis: 5000,
  });
  sql.on('error', () => undefined); // some tests kill Postgres; the query that needs the connection says so
  const mongo = openMongo(mongoUrl, { readConcernLevel: 'majority', serverSelectionTimeoutMS: 5000 });
  const admin = createKafka('readside-tests', kafkaBrokers, createLogger('tests', 'silent')).admin();
  await admin.connect();
  return {
    projection,
    sql,
    db: mongo.db(),
    documents: mongo.db().collection<StoredDocument>(projection.resource),
    records: mongo.db().collection<PositionRecord>(FRESHNESS_COLLECTION),
    admin,
    settled: (timeoutMs = 60_000) => settled(sql, admin, projection, timeoutMs),
    close: async () => {
      await admin.disconnect();
      await mongo.close();
      await sql.end();
    },
  };
}

/** The marker is the end of the WAL now: the slot must have confirmed it, and then the group what is in the topic. */
async function settled(sql: pg.Pool, admin: Admin, projection: Projection, timeoutMs: number): Promise<void> {
  const { rows } = await sql.query<{ lsn: number }>(
    "select (pg_current_wal_insert_lsn() - '0/0')::float8 as lsn",
  );
  const marker = rows[0]?.lsn ?? Infinity;
  const options = { timeoutMs, intervalMs: 20 };
  await waitFor(
    'the slot to confirm the marker',
    async () => {
      const { slot } = await sourceProgress(sql, slotName(projection.stream));
      return (slot?.confirmedLsn ?? -1) >= marker;
    },
    options,
  );
  await waitFor(
    'the consumer group to commit the topic’s end',
    async () => {
      const { lagEvents } = await topicProgress(admin, projection.topic, projection.group);
      if (lagEvents > 0) throw new Error(`${lagEvents} events behind`);
      return true;
    },
    options,
  );
}
