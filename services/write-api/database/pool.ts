/** The write API's connections. Every wait on Postgres has an end, so that a request is answered whatever Postgres does. */
import { Pool } from 'pg';
import type { Logger } from '../../shared/logger.ts';

export interface PoolSettings {
  readonly connectionString: string;
  readonly size: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
}

/** Beyond the server's own timeout: only a server that is stopped or cut off lets it run out. */
const CLIENT_TIMEOUT_SLACK_MS = 2000;

export function createPool(settings: PoolSettings, logger: Logger): Pool {
  const pool = new Pool({
    connectionString: settings.connectionString,
    application_name: 'readside-write-api',
    max: settings.size,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
    idle_in_transaction_session_timeout: settings.statementTimeoutMs,
    query_timeout: settings.statementTimeoutMs + CLIENT_TIMEOUT_SLACK_MS,
  });
  // An unheard 'error' event ends the process. The pool hears idle clients only, so each client gets a listener as well;
  // the query under way rejects by itself, and the pool replaces the client.
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection broke'));
  pool.on('connect', (client) => {
    client.on('error', (error) => logger.debug({ err: error }, 'a connection broke'));
  });
  return pool;
}
