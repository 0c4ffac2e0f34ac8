/**
 * The long run: load, and every 7 s kill -9 of a process chosen by a seed, whatever state the others are in. Not part of `npm test`:
 * `npm run test:soak`, READSIDE_SOAK_MINUTES minutes. READSIDE_SEED repeats the same kills.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessName } from '../../../cli/local/stack-file.ts';
import { codeOf } from '../../../stack/errors.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openRunSystem, signalProcess } from '../../support/faults/run-system.ts';
import { createRandom } from '../../support/random.ts';
import { runningSystem } from '../../support/stack.ts';
import { newSeed } from '../../support/workload/settings.ts';

const PROCESSES: readonly ProcessName[] = [
  'postgres',
  'mongod',
  'kafka',
  'connect',
  'projector',
  'writeApi',
  'readApi',
];
/** Not one of the table's rows. */
const SOAK = 0;
const EVERY_MS = 7000;
const minutes = Number(process.env['READSIDE_SOAK_MINUTES'] ?? '10');

export const soak = faultRow({
  number: SOAK,
  name: `${minutes} minutes of kill -9 of any process every 7 s`,
  how: 'Every 7 s one of the seven processes is killed, whatever state the others are in.',
  timeoutMs: minutes * 60_000 + 900_000,
  boundMs: 180_000,
  open: openRunSystem,
  inject: async () => {
    const random = createRandom(newSeed());
    const until = performance.now() + minutes * 60_000;
    while (performance.now() < until) {
      const name = random.pick(PROCESSES) ?? 'projector';
      kill(name);
      await sleep(EVERY_MS);
    }
  },
});

/** One that is down already, by the kill before, is left as it is. */
function kill(name: ProcessName): void {
  if (runningSystem().pids[name] === null) return;
  try {
    signalProcess(name, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
