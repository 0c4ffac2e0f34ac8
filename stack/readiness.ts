/** Whether a server serves, asked in its own protocol: the same questions for a process and for a container. */
import { Kafka, logLevel } from 'kafkajs';
import { Client, DatabaseError } from 'pg';
import { waitFor } from './wait.ts';

/** After this a server that runs but does not answer counts as failed. Generous: a loaded machine, or crash recovery of much WAL. */
export const startTimeoutMs = 120_000;

export const postgresDatabase = 'readside';
export const postgresSuperuser = 'postgres';

export function postgresUrl(port: number, password: string): string {
  return `postgres://${postgresSuperuser}:${password}@127.0.0.1:${port}/${postgresDatabase}`;
}

/** Also makes the database, once. */
export async function postgresAnswers(port: number, password: string, signal: AbortSignal): Promise<void> {
  await waitFor('Postgres to answer', () => withClient(port, password, ensureDatabase), {
    timeoutMs: startTimeoutMs,
    signal,
    // invalid_password: another server's data or secrets; waiting will not help.
    fatal: (error) => error instanceof DatabaseError && error.code === '28P01',
  });
}

async function ensureDatabase(client: Client): Promise<true> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [postgresDatabase]);
  if (rowCount === 0) await client.query(`CREATE DATABASE ${postgresDatabase}`);
  return true;
}

async function withClient<T>(
  port: number,
  password: string,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: postgresSuperuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 3000,
  });
  // The server may die while we are connected; the query in progress then rejects, which is what counts.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.end();
  }
}

export async function kafkaAnswers(port: number, signal: AbortSignal): Promise<void> {
  const kafka = new Kafka({
    clientId: 'readside-stack',
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2000,
    retry: { retries: 0 },
  });
  const probe = async (): Promise<boolean> => {
    const admin = kafka.admin();
    try {
      await admin.connect();
      return (await admin.describeCluster()).brokers.length > 0;
    } finally {
      await admin.disconnect();
    }
  };
  await waitFor('Kafka to answer', probe, { timeoutMs: startTimeoutMs, signal });
}

/** `GET /` answers before the worker has joined its group; `GET /health` only says 200 after that. */
export async function connectAnswers(port: number, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<boolean> => {
    const response = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]),
    });
    await response.arrayBuffer();
    return response.status === 200;
  };
  await waitFor('Connect to answer', probe, { timeoutMs: startTimeoutMs, signal });
}
