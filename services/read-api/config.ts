/** The read API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import { host, logLevel, mongoUrl, port, postgresUrl, projections } from '../shared/config-fields.ts';

export const ReadApiConfig = Type.Object({
  PROJECTION: projections,
  MONGODB_URL: mongoUrl,
  /** as readside_reader; without it `consistency=source` is answered with 503 */
  DATABASE_URL: Type.Optional(postgresUrl),
  HOST: host,
  PORT: port(3002),
  LOG_LEVEL: logLevel,
  /** the longest that a reader may wait for a write, whatever it prefers */
  WAIT_MAX_SECONDS: Type.Integer({ default: 30, minimum: 0, maximum: 600 }),
  /** how many readers may wait at once; those above it are answered with what is there */
  WAIT_MAX_READERS: Type.Integer({ default: 2000, minimum: 0, maximum: 100_000 }),
  /** how many streams of events may be open at once, each of them a connection; those above are refused with 503 */
  EVENTS_MAX_READERS: Type.Integer({ default: 2000, minimum: 0, maximum: 100_000 }),
  /** the same of each subject who is no administrator, with 429 */
  EVENTS_MAX_PER_SUBJECT: Type.Integer({ default: 20, minimum: 1, maximum: 100_000 }),
  MONGODB_POOL_SIZE: Type.Integer({ default: 10, minimum: 1, maximum: 500 }),
  /** how long one lookup in MongoDB may take, finding a server included, before it is answered with 503 */
  MONGODB_TIMEOUT_MS: Type.Integer({ default: 5000, minimum: 1 }),
  /** for the documents read last, which are kept ready to be sent; 0: none is */
  CACHE_MAX_MB: Type.Integer({ default: 128, minimum: 0, maximum: 65_536 }),
  /** how much older than what a majority of MongoDB holds such a document may be at most; as a rule a change is told at once */
  CACHE_MAX_AGE_MS: Type.Integer({ default: 500, minimum: 10, maximum: 60_000 }),
  SOURCE_POOL_SIZE: Type.Integer({ default: 4, minimum: 1, maximum: 500 }),
  /** how long one lookup in Postgres may take, and how long it may wait for a connection before */
  SOURCE_TIMEOUT_MS: Type.Integer({ default: 3000, minimum: 1 }),
  ...authFields,
  ...traceFields,
});
export type ReadApiConfig = Static<typeof ReadApiConfig>;
