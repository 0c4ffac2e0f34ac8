/**
 * The processes that a killed Postgres leaves behind. Its backends each have a session of their own, so no process group finds them; but all of
 * them, and nobody else, work in the data folder. A new server refuses to start while one of them still has the shared memory.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { codeOf } from '../errors.ts';
import { identify, sendSignal } from '../process-identity.ts';
import { waitFor } from '../wait.ts';

/** Pids that have `folder` as their working directory. Linux; elsewhere none is found, and the restart's backoff waits for them instead. */
export function processesIn(folder: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => workingDirectory(pid) === folder && identify(pid) !== undefined);
}

/** Waits until they have gone by themselves, as they do within moments when idle; asks those that do not, and then makes them. */
export async function waitForLeftovers(folder: string): Promise<void> {
  const gone = (): boolean => processesIn(folder).length === 0;
  if (gone()) return;
  for (const [signal, timeoutMs] of [
    [undefined, 1500],
    ['SIGQUIT', 2000],
    ['SIGKILL', 5000],
  ] as const) {
    if (signal !== undefined) for (const pid of processesIn(folder)) sendSignal(pid, signal);
    const last = signal === 'SIGKILL';
    try {
      await waitFor(`end of the processes left in ${folder}`, gone, { timeoutMs, intervalMs: 20 });
      return;
    } catch (error) {
      if (last) throw error;
    }
  }
}

function workingDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch (error) {
    const code = codeOf(error);
    // Gone meanwhile, or somebody else's process that we may not look at.
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined;
    throw error;
  }
}
