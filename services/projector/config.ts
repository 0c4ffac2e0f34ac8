import { Type } from 'typebox';
import { LOG_LEVELS } from '../shared/logger.ts';

export const ProjectorConfig = Type.Object({
  PROJECTION: Type.String({ default: 'profile', minLength: 1 }),
  KAFKA_BROKERS: Type.String({ minLength: 1 }),
  MONGODB_URL: Type.String({ pattern: '^mongodb(\\+srv)?://' }),
  /** Read-only; what freshness is measured against. */
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  HOST: Type.String({ default: '127.0.0.1' }),
  PORT: Type.Integer({ default: 3003, minimum: 0, maximum: 65_535 }),
  LOG_LEVEL: Type.Union(
    LOG_LEVELS.map((level) => Type.Literal(level)),
    { default: 'info' },
  ),
  /** Partitions worked on side by side. */
  CONCURRENCY: Type.Integer({ default: 4, minimum: 1, maximum: 64 }),
  /** Changes in one load and one bulk, at most. */
  BATCH_SIZE: Type.Integer({ default: 5000, minimum: 1, maximum: 50_000 }),
  SESSION_TIMEOUT_MS: Type.Integer({ default: 6000, minimum: 1000, maximum: 300_000 }),
  /** Must be longer than the topic's retention (7 days by default). */
  TOMBSTONE_TTL_SECONDS: Type.Integer({ default: 14 * 86_400, minimum: 60 }),
});
