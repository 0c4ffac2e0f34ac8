import { Type } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { traceFields } from '../shared/tracing/start-tracing.ts';
import {
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
  KAFKA_BROKERS: kafkaBrokers,
  MONGODB_URL: mongoUrl,
  /** Read-only; what freshness is measured against. */
  DATABASE_URL: postgresUrl,
  /** With it the connector's state is a part of the health, and a failed one is started again. */
  CONNECT_URL: Type.Optional(Type.String({ pattern: '^https?://[^,]+(,https?://[^,]+)*$' })),
  HOST: host,
  PORT: port(3003),
  LOG_LEVEL: logLevel,
  /** Partitions worked on side by side. */
  CONCURRENCY: Type.Integer({ default: 4, minimum: 1, maximum: 64 }),
  /** Changes of a partition applied at once, at most. */
  BATCH_SIZE: Type.Integer({ default: 20_000, minimum: 1, maximum: 50_000 }),
  /** Documents kept between two changes of theirs, in MiB. */
  DOCUMENT_CACHE_MB: Type.Integer({ default: 16, minimum: 0, maximum: 65_536 }),
  /** Documents compared with the source all the time, about so many a second; 0: none. */
  VERIFY_PER_SECOND: Type.Number({ default: 20, minimum: 0, maximum: 10_000 }),
  /** Kafka waits so long for a projector that was killed; together with the start of the next one it is to be under 5 s. */
  SESSION_TIMEOUT_MS: Type.Integer({ default: 4000, minimum: 1000, maximum: 300_000 }),
  /** Must be longer than the topic's retention (7 days by default). */
  TOMBSTONE_TTL_SECONDS: Type.Integer({ default: 14 * 86_400, minimum: 60 }),
  ...authFields,
  ...traceFields,
});
