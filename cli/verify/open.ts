/** What `verify`, `repair` and `explain` work on: a projection's documents, their source, and the way between the two. */
import type { Admin, Kafka } from 'kafkajs';
import type { Collection, Db } from 'mongodb';
import pg from 'pg';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { reachWithin } from '../../services/shared/lag/reach.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';

export interface Places {
  readonly pool: pg.Pool;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly db: Db;
}

export interface Sides extends Places {
  readonly projection: Projection;
  readonly documents: Collection<StoredDocument>;
  /** Resolves when all that was committed in Postgres before `lsn` is in the documents; false: not in time. */
  readonly reached: (lsn: number) => Promise<boolean>;
}

interface Addresses {
  readonly postgresUrl: string;
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
}

const CONNECT_MS = 10_000;

export async function withPlaces<T>(
  { postgresUrl, mongoUrl, kafkaBrokers }: Addresses,
  appName: string,
  work: (places: Places) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    application_name: appName,
    max: 3,
    connectionTimeoutMillis: CONNECT_MS,
  });
  pool.on('error', () => undefined); // its next query says so
  const mongo = openMongo(mongoUrl, { appName, serverSelectionTimeoutMS: CONNECT_MS });
  const kafka = createKafka(appName, kafkaBrokers, createLogger('readside', 'silent'), {
    retries: 3,
  });
  const admin = kafka.admin();
  try {
    await mongo.connect();
    await admin.connect();
    return await work({ pool, kafka, admin, db: mongo.db() });
  } finally {
    await admin.disconnect();
    await mongo.close();
    await pool.end();
  }
}

/** `waitMs`: how long the stream is given to carry what has been committed into the documents. */
export function sidesOf(places: Places, projection: Projection, waitMs: number, signal: AbortSignal): Sides {
  const { pool, admin, db } = places;
  return {
    ...places,
    projection,
    documents: db.collection<StoredDocument>(projection.resource),
    reached: (lsn) => reachWithin({ pool, admin, projection, group: projection.group }, lsn, waitMs, signal),
  };
}
