/**
 * The long run: load, and every 7 s kill -9 of a process chosen by a seed, whatever state the others are in. One time in eight it is
 * the projector's backlog that is hit: Kafka dies while a projector that was started again reads what mongod's standstill left. Not
 * part of `npm test`: `npm run test:soak`, READSIDE_SOAK_MINUTES minutes. READSIDE_SEED repeats the same kills. The writers pause between
 * commands: Connect is dead for most of the time, and a backlog of minutes that are written as fast as two cores can is only a matter of how
 * fast they are.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessName } from '../../../cli/local/stack-file.ts';
import { codeOf } from '../../../stack/errors.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { nextProcess, openRunSystem, signalProcess } from '../../support/faults/run-system.ts';
import { createRandom } from '../../../services/shared/random.ts';
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
const BACKLOG = 'backlog';
const BACKLOG_GROWS_MS = 15_000;
/** Into the first batches of a projector that is up. */
const READING_MS = [2500, 3000, 3500, 4000, 4500, 5000, 5500, 6000];
const minutes = Number(process.env['READSIDE_SOAK_MINUTES'] ?? '10');

export const soak = faultRow({
  number: SOAK,
  name: `${minutes} minutes of kill -9 of any process every 7 s`,
  how: 'Every 7 s one of the seven processes is killed, whatever state the others are in; one time in eight mongod stands still for 15 s, the projector is killed, and Kafka dies while the next one reads the backlog.',
  timeoutMs: minutes * 60_000 + 900_000,
  boundMs: 180_000,
  pauseMs: 50,
  open: openRunSystem,
  inject: async () => {
    const random = createRandom(newSeed());
    const until = performance.now() + minutes * 60_000;
    while (performance.now() < until) {
      const hit = random.pick([...PROCESSES, BACKLOG] as const);
      if (hit === BACKLOG) await killKafkaInTheBacklog(random.pick(READING_MS) ?? 0);
      else kill(hit ?? 'projector');
      await sleep(EVERY_MS);
    }
  },
});

/** The order that once left documents without the end of a transaction (docs/decisions/0014-positions-and-whole-transactions.md). */
async function killKafkaInTheBacklog(readingMs: number): Promise<void> {
  const { mongod, projector } = runningSystem().pids;
  if (mongod === null || projector === null) return;
  signalProcess('mongod', 'SIGSTOP');
  await sleep(BACKLOG_GROWS_MS);
  kill('projector');
  signalProcess('mongod', 'SIGCONT');
  await nextProcess('projector', projector);
  await sleep(readingMs);
  kill('kafka');
}

/** One that is down already, by the kill before, is left as it is. */
function kill(name: ProcessName): void {
  if (runningSystem().pids[name] === null) return;
  try {
    signalProcess(name, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
