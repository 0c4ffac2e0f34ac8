/** Load on both APIs from a process of its own, for as long as something else is measured. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { System } from '../../cli/local/system.ts';
import { NICENESS, setNiceness } from '../../stack/priority.ts';
import type { Clients, LoadReport } from '../load/mixed.ts';
import { startMeasured } from './measured-process.ts';

/** Each a second. */
export interface Rates {
  readonly writes: number;
  readonly reads: number;
}

/** A thousand writes and a hundred thousand reads a minute: what separate read models are taught with. */
export const REFERENCE: Rates = { writes: 17, reads: 1667 };
export const THREE_TIMES: Rates = { writes: 3 * REFERENCE.writes, reads: 3 * REFERENCE.reads };
export const TEN_TIMES_ITS_WRITES: Rates = { ...REFERENCE, writes: 10 * REFERENCE.writes };

const WARM_UP_MS = 60_000;

/** For about a minute Kafka's and Connect's JVMs compile what they run often, which takes half a core from whatever is measured. */
export async function warmUp(
  system: System,
  clients: Clients,
  signal: AbortSignal,
  tell: (line: string) => void,
  rates: Rates = TEN_TIMES_ITS_WRITES,
): Promise<void> {
  tell('a minute of load, so that the servers are warm …');
  await underLoad(system, clients, rates, () => sleep(WARM_UP_MS, undefined, { signal }));
}

/** What `work` comes to, done under load, and what the load met. @throws Error when more than `mostFailed` commands or reads failed. */
export async function underLoad<T>(
  system: System,
  clients: Clients,
  rates: Rates,
  work: () => Promise<T>,
  mostFailed = 0,
): Promise<{ readonly result: T; readonly load: LoadReport }> {
  const { writeApiUrl, readApiUrl } = system.info();
  const folder = mkdtempSync(join(tmpdir(), 'readside-load-'));
  const file = join(folder, 'clients.json');
  writeFileSync(file, JSON.stringify(clients));
  const child = startMeasured(
    'bench/load/mixed.ts',
    [writeApiUrl, readApiUrl, String(rates.writes), String(rates.reads), file],
    {},
    true,
  );
  // Clients have machines of their own: what is measured must not keep them from asking.
  await setNiceness(child.pid, NICENESS.readers);
  try {
    await child.line((line) => (line === 'ready' ? true : undefined));
    const result = await work();
    await child.stop();
    const load = await child.line((line) =>
      line.startsWith('{') ? (JSON.parse(line) as LoadReport) : undefined,
    );
    if (load.failed > mostFailed)
      throw new Error(`${load.failed} requests of the load failed: ${load.failure}`);
    return { result, load };
  } finally {
    await child.stop();
    rmSync(folder, { recursive: true });
  }
}
