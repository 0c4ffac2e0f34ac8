/** What each of our services is started with in a test, and when it counts as ready. */
import { fileURLToPath } from 'node:url';

export type ServiceName = 'projector' | 'read-api' | 'write-api' | 'console';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A service ends by itself within 20 s. */
export const STOP_MS = 25_000;

/** Nothing of this process's environment gets through but what is needed to run. */
export function serviceEnv(
  port: number | string,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string | undefined>> {
  return {
    PATH: process.env['PATH'],
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'info',
    NODE_ENV: 'production',
    ...env,
  };
}

/** Rejects while nobody answers. */
export async function isReady(url: string, path = '/readyz'): Promise<boolean> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.ok;
}
