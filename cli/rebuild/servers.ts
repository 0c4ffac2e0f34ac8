/** The servers that a rebuild, a rollback and a replay work on, opened for as long as one of them takes. */
import type { Admin, Kafka } from 'kafkajs';
import type { Db } from 'mongodb';
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorConfig } from '../../services/shared/connect/connect-client.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { connectorName, slotName } from '../../services/shared/stream-names.ts';

export interface ServerAddresses {
  readonly sourceUrl: string;
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
  readonly logger: Logger;
}

export interface Servers {
  readonly pool: pg.Pool;
  readonly db: Db;
  readonly kafka: Kafka;
  readonly admin: Admin;
}

const CONNECT_MS = 10_000;
export const APP_NAME = 'readside-rebuild';

export async function withServers<T>(
  { sourceUrl, mongoUrl, kafkaBrokers, logger }: ServerAddresses,
  use: (servers: Servers) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({
    connectionString: sourceUrl,
    application_name: APP_NAME,
    max: 3,
    connectionTimeoutMillis: CONNECT_MS,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'));
  const mongo = openMongo(mongoUrl, {
    appName: APP_NAME,
    serverSelectionTimeoutMS: CONNECT_MS,
    writeConcern: { w: 'majority' },
    readConcernLevel: 'majority',
  });
  const kafka = createKafka(APP_NAME, kafkaBrokers, logger);
  const admin = kafka.admin();
  try {
    await mongo.connect();
    await admin.connect();
    return await use({ pool, db: mongo.db(), kafka, admin });
  } finally {
    await admin.disconnect();
    await mongo.close();
    await pool.end();
  }
}

/** Connections to the source, one a call, closed when `use` has ended. */
export async function withConnections<T>(
  sourceUrl: string,
  use: (connect: () => Promise<pg.Client>) => Promise<T>,
): Promise<T> {
  const clients: pg.Client[] = [];
  try {
    return await use(async () => {
      const each = new pg.Client({
        connectionString: sourceUrl,
        application_name: APP_NAME,
        connectionTimeoutMillis: CONNECT_MS,
      });
      clients.push(each);
      await each.connect();
      return each;
    });
  } finally {
    await Promise.all(clients.map((each) => each.end()));
  }
}

export interface StreamOptions {
  readonly projection: Projection;
  /** Of the stream's connector, where it must be registered again. */
  readonly connector: ConnectorConfig;
  readonly connectUrl: string;
}

/** What connectors/restart-stream.ts works on. */
export function streamPlaces({ projection, connector, connectUrl }: StreamOptions, pool: pg.Pool) {
  return {
    connect: createConnectClient(connectUrl),
    pool,
    connector: connectorName(projection.stream),
    slot: slotName(projection.stream),
    config: connector,
  };
}
