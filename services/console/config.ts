/** The console's environment. What has to do with the servers is for the commands that it runs, which are given all of it but AUTH_SECRET. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import {
  example,
  host,
  kafkaBrokers,
  logLevel,
  mongoUrl,
  port,
  postgresUrl,
} from '../shared/config-fields.ts';

export const ConsoleConfig = Type.Object({
  HOST: host,
  PORT: port(3000),
  LOG_LEVEL: logLevel,
  READSIDE_DATA: Type.Optional(
    Type.String({
      description: 'data folder of a local system, whose addresses the commands then find there',
      minLength: 1,
    }),
  ),
  READSIDE_EXAMPLE: example,
  DATABASE_URL: Type.Optional(postgresUrl('Postgres as `readside_reader`')),
  MONGODB_URL: Type.Optional(mongoUrl),
  KAFKA_BROKERS: Type.Optional(kafkaBrokers),
  CONNECT_URL: Type.Optional(
    Type.String({ description: 'Kafka Connect, workers with commas between', minLength: 1 }),
  ),
  WRITE_API_URL: Type.Optional(
    Type.String({ description: 'where the write API tells how much it is asked, and how late it is' }),
  ),
  READ_API_URL: Type.Optional(Type.String({ description: 'the same of the read API' })),
  PROJECTOR_URLS: Type.Optional(
    Type.String({
      description: 'the same of the projectors: `profile=http://host:3003,directory=…`',
    }),
  ),
  USER: Type.String({
    description:
      'who is named in the audit trail where everybody is let in; elsewhere it is the token’s subject',
    default: '',
  }),
  ...authFields,
});
export type ConsoleConfig = Static<typeof ConsoleConfig>;
