/** The console's environment. Addresses of the servers are for the commands that it runs, which are given the whole of it. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { authFields } from '../shared/auth/auth-config.ts';
import { host, logLevel, port } from '../shared/config-fields.ts';

export const ConsoleConfig = Type.Object({
  HOST: host,
  PORT: port(3000),
  LOG_LEVEL: logLevel,
  /** who is named in the audit trail where everybody is let in; elsewhere it is the token's subject */
  USER: Type.String({ default: '' }),
  ...authFields,
});
export type ConsoleConfig = Static<typeof ConsoleConfig>;
