/** Rows 1 to 4: the projector killed, stopped, joined and left. */
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../../stack/wait.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import type { ReadSide } from '../../support/faults/read-side.ts';
import { nextProcess, openRunSystem, signalProcess } from '../../support/faults/run-system.ts';
import type { Pipeline } from '../../support/pipeline.ts';
import { committedOffsets, newestOffsets } from '../../support/progress.ts';
import { runningSystem } from '../../support/stack.ts';
import { startService } from '../../support/service-process.ts';

const KILLS = 2;
const JOIN_MS = 60_000;
const EXIT_WITHIN_MS = 20_000;

export const killedBeforeCommit = faultRow({
  number: 1,
  name: 'Projector kill -9 between save and commit',
  how: `The projector is stopped with SIGSTOP again and again until MongoDB holds a change whose offset the group has not committed; just then it is killed. ${KILLS} times.`,
  boundMs: 60_000,
  short: true,
  open: openRunSystem,
  inject: async ({ pipeline }) => {
    for (let kills = 1; kills <= KILLS; kills++) {
      const pid = await stoppedBeforeCommit(pipeline);
      process.kill(pid, 'SIGKILL');
      if (kills < KILLS) await joined(pid);
    }
  },
});

/** Resolves when the next one works: to kill it while it starts would be another fault. */
async function joined(former: number): Promise<void> {
  await nextProcess('projector', former);
  const ready = async (): Promise<boolean> => (await fetch(`${runningSystem().projectorUrl}/readyz`)).ok;
  await waitFor('the next projector to join', ready, { timeoutMs: JOIN_MS });
}

/** Leaves the projector stopped, with changes saved and not committed. */
async function stoppedBeforeCommit(pipeline: Pipeline): Promise<number> {
  return waitFor(
    'a save whose offset is not committed',
    async () => {
      const pid = signalProcess('projector', 'SIGSTOP');
      const [saved, committed] = await Promise.all([newestOffsets(pipeline), committedOffsets(pipeline)]);
      if ([...saved].some(([partition, offset]) => offset >= (committed.get(partition) ?? 0))) return pid;
      process.kill(pid, 'SIGCONT');
      return false;
    },
    { timeoutMs: JOIN_MS, intervalMs: 17 },
  );
}

export const zombie = faultRow({
  number: 2,
  name: 'Projector SIGSTOP past its session, another takes over, SIGCONT',
  how: 'Two projectors share the partitions. One is stopped in the middle of its work until the group has thrown it out and the other has all its partitions; then it goes on with what it had in hand. Then the other one.',
  boundMs: 60_000,
  open: () => openReadSide({ projectors: 2 }),
  inject: async (side) => {
    await membersAre(side, 2);
    for (const index of [0, 1]) {
      const pid = pidOf(side, index);
      process.kill(pid, 'SIGSTOP');
      await membersAre(side, 1);
      process.kill(pid, 'SIGCONT');
      await membersAre(side, 2);
    }
  },
});

export const joinAndLeave = faultRow({
  number: 3,
  name: 'Members join and leave every 5 s',
  how: 'For a minute a third and a fourth projector join and leave, each every 5 s, in turn asked to and killed.',
  boundMs: 60_000,
  open: () => openReadSide({ projectors: 2 }),
  inject: async (side) => {
    const end = performance.now() + 60_000;
    const coming = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
      while (performance.now() < end) {
        const member = await startService('projector', side.env);
        await member.ready();
        await sleep(5000);
        if (signal === 'SIGKILL') process.kill(member.pid, 'SIGKILL');
        await member.stop();
      }
    };
    await Promise.all([coming('SIGTERM'), coming('SIGKILL')]);
  },
});

export const askedToEnd = faultRow({
  number: 4,
  name: 'SIGTERM under load: exit 0 inside the deadline',
  how: `The only projector of a group is asked to end under load, twice, and must exit with 0 within ${EXIT_WITHIN_MS / 1000} s.`,
  boundMs: 60_000,
  open: () => openReadSide(),
  inject: async (side) => {
    await side.stopProjectors();
    for (let times = 0; times < 2; times++) {
      const projector = await startService('projector', side.env);
      await projector.ready();
      await membersAre(side, 1);
      const asked = performance.now();
      const { code, stdout } = await projector.stop();
      const took = performance.now() - asked;
      if (code !== 0 || took > EXIT_WITHIN_MS)
        throw new Error(`exit ${code} after ${Math.round(took)} ms: ${stdout.slice(-1000)}`);
    }
    await side.startProjectors();
  },
});

async function membersAre(side: ReadSide, wanted: number): Promise<void> {
  await waitFor(`${wanted} members in the group`, async () => (await side.members()) === wanted, {
    timeoutMs: JOIN_MS,
  });
}

function pidOf(side: ReadSide, index: number): number {
  const pid = side.projector(index).pid();
  if (pid === null) throw new Error(`projector ${index} does not run`);
  return pid;
}
