/** The servers that the read benchmark compares, each in a process of its own. */
import { withUser } from '../../cli/local/services.ts';
import type { System } from '../../cli/local/system.ts';
import { startMeasured } from './measured-process.ts';
import type { MeasuredProcess } from './measured-process.ts';

export interface Server {
  readonly url: string;
  readonly process: MeasuredProcess;
}

export async function startPeer(mode: 'hello' | 'find-one' | 'sql-join', databaseUrl = ''): Promise<Server> {
  const child = startMeasured('bench/peers/serve-profiles.ts', [mode, databaseUrl], {});
  const url = await child.line((line) =>
    line.startsWith('{') ? (JSON.parse(line) as { readonly url: string }).url : undefined,
  );
  return { url, process: child };
}

export async function startReadApi(
  system: System,
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const { mongoUrl, postgresUrl } = system.info();
  const { secrets } = system.stack;
  const child = startMeasured('services/read-api/server.ts', [], {
    PROJECTION: 'profile',
    HOST: '127.0.0.1',
    PORT: '0',
    LOG_LEVEL: 'info',
    DATABASE_URL: withUser(postgresUrl, 'readside_reader', secrets.reader),
    MONGODB_URL: withUser(mongoUrl, 'readside_reader', secrets.mongoReader),
    ...env,
  });
  const url = await child.line((line) =>
    line.includes('"listening"') ? (JSON.parse(line) as { readonly address: string }).address : undefined,
  );
  return { url, process: child };
}
