/** The projector's environment. */
import { Type } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import {
  example,
  host,
  kafkaBrokers,
  logLevel,
  mongoUrl,
  port,
  postgresUrl,
  projection,
} from '../shared/config-fields.ts';

export const ProjectorConfig = Type.Object({
  PROJECTION: projection,
  READSIDE_EXAMPLE: example,
  KAFKA_BROKERS: kafkaBrokers,
  MONGODB_URL: mongoUrl,
  DATABASE_URL: postgresUrl('Postgres as `readside_reader`: what freshness is measured against'),
  CONNECT_URL: Type.Optional(
    Type.String({
      description:
        'Kafka Connect, workers with commas between: the connector’s state is a part of the health, and a failed one is started again',
      pattern: '^https?://[^,]+(,https?://[^,]+)*$',
    }),
  ),
  HOST: host,
  PORT: port(3003),
  LOG_LEVEL: logLevel,
  CONCURRENCY: Type.Integer({
    description: 'partitions worked on side by side',
    default: 4,
    minimum: 1,
    maximum: 64,
  }),
  BATCH_SIZE: Type.Integer({
    description: 'changes of a partition applied at once, at most',
    default: 20_000,
    minimum: 1,
    maximum: 50_000,
  }),
  DOCUMENT_CACHE_MB: Type.Integer({
    description: 'documents kept between two changes of theirs, in MiB',
    default: 16,
    minimum: 0,
    maximum: 65_536,
  }),
  REACH_PER_SECOND: Type.Number({
    description:
      'documents brought up to date in a second, at most, when a row that they copy from has changed; live changes go on beside it',
    default: 3000,
    minimum: 1,
    maximum: 1_000_000,
  }),
  VERIFY_PER_SECOND: Type.Number({
    description: 'documents compared with the source all the time, about so many a second; 0: none',
    default: 20,
    minimum: 0,
    maximum: 10_000,
  }),
  /** Together with the start of the next one it is to be under 5 s. */
  SESSION_TIMEOUT_MS: Type.Integer({
    description: 'how long Kafka waits for a projector that was killed before others get its partitions',
    default: 4000,
    minimum: 1000,
    maximum: 300_000,
  }),
  TOMBSTONE_TTL_SECONDS: Type.Integer({
    description:
      'how long what is left of a deleted document is kept; longer than the topic’s retention (7 days by default)',
    default: 14 * 86_400,
    minimum: 60,
  }),
  ...authFields,
  ...traceFields,
});
