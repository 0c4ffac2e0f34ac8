/** The environment of an application's traffic. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { host, logLevel, port } from '../../services/shared/config-fields.ts';

export const TrafficConfig = Type.Object({
  WRITE_API_URL: Type.String({ description: 'the application’s write API', pattern: '^https?://' }),
  READ_API_URL: Type.String({ description: 'the read API of its documents', pattern: '^https?://' }),
  TOKEN: Type.Optional(
    Type.String({ description: 'an administrator’s; not set: the APIs let everybody in', minLength: 1 }),
  ),
  RATE: Type.Number({ description: 'commands a second', default: 5, exclusiveMinimum: 0, maximum: 1000 }),
  SEED: Type.Optional(
    Type.Integer({ description: 'of the random commands; not set: another one each time' }),
  ),
  HOST: host,
  PORT: port(3020),
  LOG_LEVEL: logLevel,
});
export type TrafficConfig = Static<typeof TrafficConfig>;
