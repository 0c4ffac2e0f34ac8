/** Variables that several services have: one name, one check, one meaning. */
import { Type } from 'typebox';
import { LOG_LEVELS } from './logger.ts';
import type { LogLevel } from './logger.ts';

export const postgresUrl = Type.String({ pattern: '^postgres(ql)?://' });
/** Names the database too: mongodb://host/readside. Without it the driver would take one called "test". */
export const mongoUrl = Type.String({ pattern: '^mongodb(\\+srv)?://[^/]+/[^?]+' });
/** host:port with commas between, or kafka://user:password@host:port?tls=true (kafka-address.ts). */
export const kafkaBrokers = Type.String({ pattern: '^(kafka://)?[^/]' });
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
