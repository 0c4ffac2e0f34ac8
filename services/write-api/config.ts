/** The write API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import { host, logLevel, port, postgresUrl } from '../shared/config-fields.ts';

export const WriteApiConfig = Type.Object({
  /** as readside_writer */
  DATABASE_URL: postgresUrl,
  HOST: host,
  PORT: port(3001),
  LOG_LEVEL: logLevel,
  POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 1000 }),
  /** how long a request waits for a connection, new or free, before it is answered with 503 */
  CONNECT_TIMEOUT_MS: Type.Integer({ default: 2000, minimum: 1 }),
  STATEMENT_TIMEOUT_MS: Type.Integer({ default: 5000, minimum: 1 }),
  /** how long one attempt of a command waits for another command on the same user */
  LOCK_TIMEOUT_MS: Type.Integer({ default: 1500, minimum: 1 }),
  IDEMPOTENCY_KEY_HOURS: Type.Integer({ default: 24, minimum: 1 }),
  ...authFields,
  ...traceFields,
});
export type WriteApiConfig = Static<typeof WriteApiConfig>;
