/** The run's own system as a place for faults: its processes by name, killed for real, and waited for. */
import type { ProcessName } from '../../../cli/local/stack-file.ts';
import { identify } from '../../../stack/process-identity.ts';
import { waitFor } from '../../../stack/wait.ts';
import { openPipeline } from '../pipeline.ts';
import { runningSystem } from '../stack.ts';
import type { Place } from './fault-row.ts';

const BACK_MS = 120_000;

export async function openRunSystem(): Promise<Place> {
  const pipeline = await openPipeline();
  const { writeApiUrl, readApiUrl } = runningSystem();
  return { pipeline, writeApiUrl, readApiUrl, close: () => pipeline.close() };
}

/** Sends it to the present process; returns its pid. */
export function signalProcess(name: ProcessName, signal: NodeJS.Signals): number {
  const pid = runningSystem().pids[name];
  if (pid === null) throw new Error(`${name} has no pid`);
  process.kill(pid, signal);
  return pid;
}

/** Resolves when another process than `former` runs under that name. */
export async function nextProcess(name: ProcessName, former: number): Promise<void> {
  await waitFor(
    `${name} to run again`,
    () => {
      const pid = runningSystem().pids[name];
      return pid !== null && pid !== former && identify(pid) !== undefined;
    },
    { timeoutMs: BACK_MS },
  );
}
