/** The servers that a verb works on, opened for as long as it takes. */
import type { Admin, Kafka } from 'kafkajs';
import type { Db, MongoClientOptions } from 'mongodb';
import pg from 'pg';
import { createKafka } from '../services/shared/kafka-client.ts';
import type { KafkaClientOptions } from '../services/shared/kafka-client.ts';
import { createLogger } from '../services/shared/logger.ts';
import type { Logger } from '../services/shared/logger.ts';
import { openMongo } from '../services/shared/mongo.ts';

export interface ServerAddresses {
  readonly postgresUrl: string;
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
}

export interface Servers {
  readonly pool: pg.Pool;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly db: Db;
}

export interface ServersOptions {
  /** As the servers know us. */
  readonly appName: string;
  /** Hears of what breaks; nobody, where it is left out. */
  readonly logger?: Logger;
  readonly kafka?: KafkaClientOptions;
  readonly mongo?: MongoClientOptions;
}

export const CONNECT_MS = 10_000;

export async function withServers<T>(
  { postgresUrl, mongoUrl, kafkaBrokers }: ServerAddresses,
  {
    appName,
    logger = createLogger('readside', 'silent'),
    kafka: kafkaOptions,
    mongo: mongoOptions,
  }: ServersOptions,
  work: (servers: Servers) => Promise<T>,
): Promise<T> {
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    application_name: appName,
    max: 3,
    connectionTimeoutMillis: CONNECT_MS,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'));
  const mongo = openMongo(mongoUrl, { appName, serverSelectionTimeoutMS: CONNECT_MS, ...mongoOptions });
  const kafka = createKafka(appName, kafkaBrokers, logger, kafkaOptions);
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
