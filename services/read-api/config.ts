/** The read API's environment. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import {
  example,
  host,
  logLevel,
  mongoUrl,
  port,
  postgresUrl,
  projections,
} from '../shared/config-fields.ts';

export const ReadApiConfig = Type.Object({
  PROJECTION: projections,
  READSIDE_EXAMPLE: example,
  MONGODB_URL: mongoUrl,
  DATABASE_URL: Type.Optional(
    postgresUrl('Postgres as `readside_reader`; without it `consistency=source` is answered with 503'),
  ),
  HOST: host,
  PORT: port(3002),
  LOG_LEVEL: logLevel,
  WAIT_MAX_SECONDS: Type.Integer({
    description: 'the longest that a reader may wait for a write, whatever it prefers',
    default: 30,
    minimum: 0,
    maximum: 600,
  }),
  WAIT_MAX_READERS: Type.Integer({
    description: 'how many readers may wait at once; those above it are answered with what is there',
    default: 2000,
    minimum: 0,
    maximum: 100_000,
  }),
  EVENTS_MAX_READERS: Type.Integer({
    description:
      'how many streams of events may be open at once, each of them a connection; those above are refused with 503',
    default: 2000,
    minimum: 0,
    maximum: 100_000,
  }),
  EVENTS_MAX_PER_SUBJECT: Type.Integer({
    description: 'the same of each subject who is no administrator, with 429',
    default: 20,
    minimum: 1,
    maximum: 100_000,
  }),
  MONGODB_POOL_SIZE: Type.Integer({
    description: 'connections to MongoDB, at most',
    default: 10,
    minimum: 1,
    maximum: 500,
  }),
  MONGODB_TIMEOUT_MS: Type.Integer({
    description:
      'how long one lookup in MongoDB may take, finding a server included, before it is answered with 503',
    default: 5000,
    minimum: 1,
  }),
  CACHE_MAX_MB: Type.Integer({
    description: 'for the documents and pages read last, which are kept ready to be sent, in MiB; 0: none is',
    default: 128,
    minimum: 0,
    maximum: 65_536,
  }),
  CACHE_MAX_AGE_MS: Type.Integer({
    description:
      'how much older than what a majority of MongoDB holds what is kept may be at most; as a rule a change is told at once',
    default: 500,
    minimum: 10,
    maximum: 60_000,
  }),
  SOURCE_POOL_SIZE: Type.Integer({
    description: 'connections to Postgres, at most',
    default: 4,
    minimum: 1,
    maximum: 500,
  }),
  SOURCE_TIMEOUT_MS: Type.Integer({
    description: 'how long one lookup in Postgres may take, and how long it may wait for a connection before',
    default: 3000,
    minimum: 1,
  }),
  ...authFields,
  ...traceFields,
});
export type ReadApiConfig = Static<typeof ReadApiConfig>;
