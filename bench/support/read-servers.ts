/** The servers that the read benchmark compares, each in a process of its own. */
import type { System } from '../../cli/local/system.ts';
import { startMeasured } from './measured-process.ts';
import type { MeasuredProcess } from './measured-process.ts';
import { startReadApi as startService } from './projectors.ts';

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
  const child = startService(system, 'profile', env);
  const url = await child.line((line) =>
    line.includes('"listening"') ? (JSON.parse(line) as { readonly address: string }).address : undefined,
  );
  return { url, process: child };
}
