/** The environment of the profile page's server. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { isLoopback } from '../../services/shared/auth/auth-config.ts';
import { ConfigError } from '../../services/shared/config.ts';
import { host, logLevel, port } from '../../services/shared/config-fields.ts';

const url = Type.String({ pattern: '^https?://' });

export const ProfilePageConfig = Type.Object({
  WRITE_API_URL: url,
  READ_API_URL: url,
  /** with which the APIs check tokens; empty or not set: they let everybody in */
  AUTH_SECRET: Type.Optional(Type.String()),
  AUTH_AUDIENCE: Type.String({ default: 'readside', minLength: 1 }),
  /** data folder of the local system, whose projector the page may stop; not set: there is no such button */
  READSIDE_DATA: Type.Optional(Type.String({ minLength: 1 })),
  HOST: host,
  PORT: port(3010),
  LOG_LEVEL: logLevel,
});
export type ProfilePageConfig = Static<typeof ProfilePageConfig>;

/** @throws ConfigError: whoever reaches it has the rights of its user, and may stop the projector. Returns what it was given. */
export function onLoopbackAlone(config: ProfilePageConfig): ProfilePageConfig {
  if (!isLoopback(config.HOST))
    throw new ConfigError([
      `HOST ${config.HOST} is beyond loopback, where the page would act for anybody as its user: it asks nobody who he is`,
    ]);
  return config;
}
