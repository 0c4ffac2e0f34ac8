/** The write API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { LOG_LEVELS } from '../shared/logger.ts';
import type { LogLevel } from '../shared/logger.ts';

export const WriteApiConfig = Type.Object({
  /** as readside_writer */
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3001, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Unsafe<LogLevel>({ type: 'string', enum: [...LOG_LEVELS], default: 'info' }),
  POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 1000 }),
  /** how long a request waits for a connection, new or free, before it is answered with 503 */
  CONNECT_TIMEOUT_MS: Type.Integer({ default: 2000, minimum: 1 }),
  STATEMENT_TIMEOUT_MS: Type.Integer({ default: 5000, minimum: 1 }),
  /** how long one attempt of a command waits for another command on the same user */
  LOCK_TIMEOUT_MS: Type.Integer({ default: 1500, minimum: 1 }),
  IDEMPOTENCY_KEY_HOURS: Type.Integer({ default: 24, minimum: 1 }),
});
export type WriteApiConfig = Static<typeof WriteApiConfig>;
