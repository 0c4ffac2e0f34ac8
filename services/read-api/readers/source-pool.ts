/** Connections to the source, as a role that can only read. Every wait on Postgres has an end. */
import { Pool } from 'pg';
import type { Logger } from '../../shared/logger.ts';

export interface SourcePoolSettings {
  readonly connectionString: string;
  readonly size: number;
  readonly timeoutMs: number;
}

/** Beyond the server's own timeout: only a server that is stopped or cut off lets it run out. */
const CLIENT_TIMEOUT_SLACK_MS = 1000;

export function createSourcePool(settings: SourcePoolSettings, logger: Logger): Pool {
  const pool = new Pool({
    connectionString: settings.connectionString,
    application_name: 'readside-read-api',
    max: settings.size,
    connectionTimeoutMillis: settings.timeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: settings.timeoutMs,
    query_timeout: settings.timeoutMs + CLIENT_TIMEOUT_SLACK_MS,
  });
  // An unheard 'error' event ends the process; the pool replaces the client by itself.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to the source broke'));
  pool.on('connect', (client) => {
    client.on('error', (error) => logger.debug({ err: error }, 'a connection to the source broke'));
  });
  return pool;
}
