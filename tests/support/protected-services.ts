/** Both APIs as in production, with tokens, as processes of their own on the run's servers. */
import { withUser } from '../../cli/local/services.ts';
import { startService } from './service-process.ts';
import type { ServiceProcess } from './service-process.ts';
import { stackEndpoints } from './stack.ts';

export const TOKEN_SECRET = 'a secret of the tests, long enough for HS256';

/** Resolves when it is ready. `env`: beside where its servers are and how it knows tokens. */
export async function startProtected(
  name: 'write-api' | 'read-api',
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const { postgresUrl, mongoUrl, secrets } = stackEndpoints();
  const role = name === 'write-api' ? 'writer' : 'reader';
  const service = await startService(name, {
    DATABASE_URL: withUser(postgresUrl, `readside_${role}`, secrets[role]),
    ...(name === 'read-api' && { MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader) }),
    AUTH_SECRET: TOKEN_SECRET,
    ...env,
  });
  await service.ready();
  return service;
}
