/** What `verify`, `repair` and `explain` work on: a projection's documents, their source, and the way between the two. */
import type { Admin, Kafka } from 'kafkajs';
import { resolve } from 'node:path';
import type { Db } from 'mongodb';
import pg from 'pg';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { reachWithin } from '../../services/shared/lag/reach.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { requireView } from '../../services/shared/verify/source-documents.ts';
import { need, resolveContext } from '../context.ts';
import { loadProjection } from '../../services/shared/load-projection.ts';
import { stopOnSignal } from '../stop-on-signal.ts';
import type { Environment, GlobalOptions } from '../verbs/environment.ts';

export interface Places {
  readonly pool: pg.Pool;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly db: Db;
}

export type OpenSides = Places & Sides;

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
export function sidesOf(
  places: Places,
  projection: Projection,
  waitMs: number,
  signal: AbortSignal,
): OpenSides {
  const { pool, admin, db } = places;
  return {
    ...places,
    projection,
    signal,
    documents: db.collection<StoredDocument>(projection.resource),
    reached: (lsn) => reachWithin({ pool, admin, projection, group: projection.group }, lsn, waitMs, signal),
  };
}

/** Options of a verb that works on documents of one projection. */
export interface SidesOptions extends GlobalOptions {
  readonly projection?: string;
  /** Seconds that the stream is given to catch up. */
  readonly wait: number;
}

/** `ifStopped`: what is told on Ctrl-C. @throws ForeignViewError when the source view is not of this definition. */
export async function withSides<T>(
  options: SidesOptions,
  { env }: Environment,
  appName: string,
  ifStopped: string,
  work: (sides: OpenSides) => Promise<T>,
): Promise<T> {
  const addresses = need(
    resolveContext(resolve(options.data), env),
    'postgresUrl',
    'mongoUrl',
    'kafkaBrokers',
  );
  const projection = await loadProjection(options.projection);
  const signal = stopOnSignal(ifStopped);
  return withPlaces(addresses, appName, async (places) => {
    await requireView(places.pool, projection);
    return work(sidesOf(places, projection, options.wait * 1000, signal));
  });
}
