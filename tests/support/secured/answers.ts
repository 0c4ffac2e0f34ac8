/** Whether the secured servers serve, asked as their clients ask. */
import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import pg from 'pg';
import { createKafka } from '../../../services/shared/kafka-client.ts';
import { createLogger } from '../../../services/shared/logger.ts';
import { postgresDatabase, startTimeoutMs } from '../../../stack/readiness.ts';
import { waitFor } from '../../../stack/wait.ts';

/** Also makes the database. */
export async function postgresAnswers(url: string, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<true> => {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3000 });
    try {
      await client.connect();
      await client.query(`create database ${postgresDatabase}`);
      return true;
    } finally {
      await client.end();
    }
  };
  await waitFor('Postgres to answer by TLS', probe, { timeoutMs: startTimeoutMs, signal });
}

export async function kafkaAnswers(address: string): Promise<void> {
  const probe = async (): Promise<true> => {
    const admin = createKafka('secured-tests', address, createLogger('tests', 'silent'), {
      retries: 0,
    }).admin();
    try {
      await admin.connect();
      await admin.describeCluster();
      return true;
    } finally {
      await admin.disconnect();
    }
  };
  await waitFor('Kafka to answer by TLS', probe, { timeoutMs: startTimeoutMs });
}

export async function connectAnswers(address: string, caFile: string, signal: AbortSignal): Promise<void> {
  const probe = async (): Promise<boolean> => (await restStatus(new URL('/health', address), caFile)) === 200;
  await waitFor('Connect to answer by TLS', probe, { timeoutMs: startTimeoutMs, signal });
}

/** The status that Connect's REST interface answers; credentials, where they are to be sent, stand in the address. */
export function restStatus(address: URL, caFile: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { username, password, hostname, port, pathname } = address;
    const auth = username === '' ? {} : { auth: `${username}:${password}` };
    get({ hostname, port, path: pathname, ca: readFileSync(caFile), ...auth }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once('error', reject);
  });
}
