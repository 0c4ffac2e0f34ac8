/** To the servers that status asks, held from one look to the next: each finds its server again by itself when that was away. */
import type { Admin, Kafka } from 'kafkajs';
import type { Db } from 'mongodb';
import pg from 'pg';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectClient } from '../../services/shared/connect/connect-client.ts';
import { ask, repeatedly } from '../../services/shared/health/asked.ts';
import type { Asked } from '../../services/shared/health/asked.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import type { ServerAddresses } from '../servers.ts';

export interface Connections {
  readonly pool: pg.Pool;
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly connect: ConnectClient;
  /** Rejects while there is no connection. */
  readonly db: () => Promise<Db>;
  /** To be called before each look: what could not be connected yet is tried again. Tells whether Kafka is. */
  ensure(): Promise<Asked<unknown>>;
  close(): Promise<void>;
}

export function openConnections(
  { postgresUrl, mongoUrl, kafkaBrokers, connectUrl }: ServerAddresses & { readonly connectUrl: string },
  logger: Logger,
  timeoutMs: number,
): Connections {
  const pool = new pg.Pool({
    connectionString: postgresUrl,
    max: 2,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    application_name: 'readside-status',
  });
  pool.on('error', () => undefined); // its next query says so
  const mongo = openMongo(mongoUrl, {
    // Before the question's own time is over: then the driver says what it met.
    serverSelectionTimeoutMS: timeoutMs / 2,
    maxPoolSize: 5,
    appName: 'readside-status',
  });
  const kafka = createKafka('readside-status', kafkaBrokers, logger, { retries: 1 });
  const admin = kafka.admin();
  let isConnected = false;
  let connecting: Promise<unknown> = Promise.resolve();
  const connectAdmin = repeatedly(async () => {
    if (!isConnected) await admin.connect();
    isConnected = true;
  }, timeoutMs);
  return {
    pool,
    kafka,
    admin,
    connect: createConnectClient(connectUrl),
    db: async () => {
      await connecting;
      return mongo.db();
    },
    ensure() {
      // Once for all questions of a look: the driver tells the reason only to whoever asks first.
      connecting = mongo.connect();
      connecting.catch(() => undefined); // told by each question
      return connectAdmin();
    },
    async close() {
      await Promise.all([
        ask(() => pool.end(), timeoutMs),
        ask(() => mongo.close(), timeoutMs),
        ask(() => admin.disconnect(), timeoutMs),
      ]);
    },
  };
}
