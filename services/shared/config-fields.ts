/** Variables that several services have: one name, one check, one meaning. `description` is what docs/reference/config.md says of each. */
import { Type } from 'typebox';
import type { TString } from 'typebox';
import { LOG_LEVELS } from './logger.ts';
import type { LogLevel } from './logger.ts';

/** What addresses look like: whoever checks them by hand (`readside doctor`) means the same. */
export const PATTERNS = {
  postgresUrl: '^postgres(ql)?://',
  /** Without a database's name the driver would take one called "test". */
  mongoUrl: '^mongodb(\\+srv)?://[^/]+/[^?]+',
  kafkaBrokers: '^(kafka://)?[^/]',
} as const;

/** `description`: as whom, and what for. */
export function postgresUrl(description: string): TString {
  return Type.String({ description, pattern: PATTERNS.postgresUrl });
}

export const mongoUrl = Type.String({
  description: 'MongoDB, and the name of the database in it: `mongodb://host/readside`',
  pattern: PATTERNS.mongoUrl,
});
export const kafkaBrokers = Type.String({
  description:
    '`host:port` with commas between, or `kafka://user:password@host:port?tls=true` (docs/security.md#servers)',
  pattern: PATTERNS.kafkaBrokers,
});
export const host = Type.String({
  description: 'the address that it listens on; beyond loopback it needs tokens',
  default: '127.0.0.1',
  minLength: 1,
});
export const logLevel = Type.Unsafe<LogLevel>({
  description: 'what is logged: of this level and above',
  type: 'string',
  enum: [...LOG_LEVELS],
  default: 'info',
});
export const example = Type.Optional(
  Type.String({
    description:
      'the application whose read models are meant: an example’s name, or its folder; the clone’s own where it is not set',
    minLength: 1,
  }),
);
export const projection = Type.Optional(
  Type.String({
    description:
      'the name of a file in the application’s `projections/`, or the path of a module; its default one (`profile`) where it is not set',
    minLength: 1,
  }),
);
export const projections = Type.Optional(
  Type.String({
    description:
      'names of files in the application’s `projections/`, or paths of modules, with commas between; its default one (`profile`) where it is not set',
    minLength: 1,
  }),
);

export function port(byDefault: number): ReturnType<typeof Type.Integer> {
  return Type.Integer({
    description: 'the port that it listens on; 0: any that is free',
    default: byDefault,
    minimum: 0,
    maximum: 65_535,
  });
}
