/** Variables that several services have: one name, one check, one meaning. */
import { Type } from 'typebox';
import { LOG_LEVELS } from './logger.ts';
import type { LogLevel } from './logger.ts';

/** What addresses look like: whoever checks them by hand (`readside doctor`) means the same. */
export const PATTERNS = {
  postgresUrl: '^postgres(ql)?://',
  mongoUrl: '^mongodb(\\+srv)?://[^/]+/[^?]+',
  kafkaBrokers: '^(kafka://)?[^/]',
} as const;

export const postgresUrl = Type.String({ pattern: PATTERNS.postgresUrl });
/** Names the database too: mongodb://host/readside. Without it the driver would take one called "test". */
export const mongoUrl = Type.String({ pattern: PATTERNS.mongoUrl });
/** host:port with commas between, or kafka://user:password@host:port?tls=true (kafka-address.ts). */
export const kafkaBrokers = Type.String({ pattern: PATTERNS.kafkaBrokers });
export const host = Type.String({ default: '127.0.0.1', minLength: 1 });
export const logLevel = Type.Unsafe<LogLevel>({ type: 'string', enum: [...LOG_LEVELS], default: 'info' });
export const DEFAULT_PROJECTION = 'profile';
/** The name of a file in projections/, or the path of a module. */
export const projection = Type.String({ default: DEFAULT_PROJECTION, minLength: 1 });
/** One or several of them, with commas between. */
export const projections = Type.String({ default: DEFAULT_PROJECTION, minLength: 1 });

export function port(byDefault: number): ReturnType<typeof Type.Integer> {
  return Type.Integer({ default: byDefault, minimum: 0, maximum: 65_535 });
}
