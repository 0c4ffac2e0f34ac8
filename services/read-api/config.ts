/** The read API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { LOG_LEVELS } from '../shared/logger.ts';
import type { LogLevel } from '../shared/logger.ts';

export const ReadApiConfig = Type.Object({
  /** the name of a file in projections/, or the path of a module */
  PROJECTION: Type.String({ default: 'profile', minLength: 1 }),
  /** names the database too: mongodb://host/readside */
  MONGODB_URL: Type.String({ pattern: '^mongodb(\\+srv)?://[^/]+/[^?]+' }),
  /** as readside_reader; without it `consistency=source` is answered with 503 */
  DATABASE_URL: Type.Optional(Type.String({ pattern: '^postgres(ql)?://' })),
  HOST: Type.String({ default: '127.0.0.1', minLength: 1 }),
  PORT: Type.Integer({ default: 3002, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Unsafe<LogLevel>({ type: 'string', enum: [...LOG_LEVELS], default: 'info' }),
  /** the longest that a reader may wait for a write, whatever it prefers */
  WAIT_MAX_SECONDS: Type.Integer({ default: 30, minimum: 0, maximum: 600 }),
  /** how many readers may wait at once; those above it are answered with what is there */
  WAIT_MAX_READERS: Type.Integer({ default: 2000, minimum: 0, maximum: 100_000 }),
  MONGODB_POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 500 }),
  /** how long one lookup in MongoDB may take, finding a server included, before it is answered with 503 */
  MONGODB_TIMEOUT_MS: Type.Integer({ default: 5000, minimum: 1 }),
  SOURCE_POOL_SIZE: Type.Integer({ default: 4, minimum: 1, maximum: 500 }),
  /** how long one lookup in Postgres may take, and how long it may wait for a connection before */
  SOURCE_TIMEOUT_MS: Type.Integer({ default: 3000, minimum: 1 }),
});
export type ReadApiConfig = Static<typeof ReadApiConfig>;
