/** The console's environment. What has to do with the servers is for the commands that it runs, which are given all of it but AUTH_SECRET. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { host, kafkaBrokers, logLevel, mongoUrl, port, postgresUrl } from '../shared/config-fields.ts';

export const ConsoleConfig = Type.Object({
  HOST: host,
  PORT: port(3000),
  LOG_LEVEL: logLevel,
  /** Of a local system, whose addresses the commands then find there. */
  READSIDE_DATA: Type.Optional(Type.String({ minLength: 1 })),
  /** as readside_reader */
  DATABASE_URL: Type.Optional(postgresUrl),
  /** as readside_projector: with less, the console looks and changes nothing */
  MONGODB_URL: Type.Optional(mongoUrl),
  /** as the operator, likewise (docs/security.md) */
  KAFKA_BROKERS: Type.Optional(kafkaBrokers),
  CONNECT_URL: Type.Optional(Type.String({ minLength: 1 })),
  /** where the services tell how much they are asked, and how late they are */
  WRITE_API_URL: Type.Optional(Type.String()),
  READ_API_URL: Type.Optional(Type.String()),
  /** profile=http://host:3003,directory=… */
  PROJECTOR_URLS: Type.Optional(Type.String()),
  /** who is named in the audit trail where everybody is let in; elsewhere it is the token's subject */
  USER: Type.String({ default: '' }),
  ...authFields,
});
export type ConsoleConfig = Static<typeof ConsoleConfig>;
