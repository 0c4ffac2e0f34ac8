/** The write API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import { host, logLevel, port, postgresUrl } from '../shared/config-fields.ts';

export const WriteApiConfig = Type.Object({
  DATABASE_URL: postgresUrl('Postgres as `readside_writer`'),
  HOST: host,
  PORT: port(3001),
  LOG_LEVEL: logLevel,
  POOL_SIZE: Type.Integer({
    description: 'connections to Postgres, at most',
    default: 10,
    minimum: 1,
    maximum: 1000,
  }),
  CONNECT_TIMEOUT_MS: Type.Integer({
    description: 'how long a request waits for a connection, new or free, before it is answered with 503',
    default: 2000,
    minimum: 1,
  }),
  STATEMENT_TIMEOUT_MS: Type.Integer({
    description: 'how long one statement may take',
    default: 5000,
    minimum: 1,
  }),
  LOCK_TIMEOUT_MS: Type.Integer({
    description: 'how long one attempt of a command waits for another one on the same rows',
    default: 1500,
    minimum: 1,
  }),
  IDEMPOTENCY_KEY_HOURS: Type.Integer({
    description: 'how long an `Idempotency-Key` is remembered',
    default: 24,
    minimum: 1,
  }),
  ...authFields,
  ...traceFields,
});
export type WriteApiConfig = Static<typeof WriteApiConfig>;
