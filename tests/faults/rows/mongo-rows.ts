/** Rows 17, 18 and 19: a read side whose MongoDB has three members, or a disk that fills up. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoServerError } from 'mongodb';
import { waitFor } from '../../../stack/wait.ts';
import { faultRow } from '../../support/faults/fault-row.ts';
import { startRunsMongoSet } from '../../support/faults/mongo-set.ts';
import type { MongoSet } from '../../support/faults/mongo-set.ts';
import { openReadSide } from '../../support/faults/read-side.ts';
import type { ReadSide } from '../../support/faults/read-side.ts';
import { mountSmallDisk } from '../../support/faults/small-disk.ts';
import type { SmallDisk } from '../../support/faults/small-disk.ts';

interface SetSide extends ReadSide {
  readonly set: MongoSet;
}

/** `release`: before the folder is removed. */
async function openSetSide(
  count: 1 | 3,
  dataDir = newFolder(),
  release: () => void = () => undefined,
): Promise<SetSide> {
  const set = await startRunsMongoSet(dataDir, count);
  const side = await openReadSide({
    mongo: set.urls,
    close: async () => {
      await set.close();
      release();
      rmSync(dataDir, { recursive: true, force: true });
    },
  });
  return { ...side, set };
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'readside-mongo-'));
  chmodSync(folder, 0o711);
  return folder;
}

const STEP_DOWNS = 10;
/** MongoDB refuses while no secondary is close enough behind, and while an election is under way. */
const NOT_NOW = new Set([50, 11602, 91, 189, 10107, 11600, 17240, 262]);

export const steppedDown = faultRow({
  number: 17,
  name: `MongoDB step-down ×${STEP_DOWNS} (3 members)`,
  how: `The primary of three members steps down ${STEP_DOWNS} times, every 4 s at the most.`,
  boundMs: 60_000,
  timeoutMs: 400_000,
  open: () => openSetSide(3),
  inject: async ({ set }) => {
    for (let times = 0; times < STEP_DOWNS; times++) {
      await waitFor('a primary to step down', () => stepDown(set), { timeoutMs: 60_000, intervalMs: 250 });
      await sleep(4000);
    }
  },
});

async function stepDown({ admin }: MongoSet): Promise<boolean> {
  try {
    await admin.command({ replSetStepDown: 5, secondaryCatchUpPeriodSecs: 4 });
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && NOT_NOW.has(Number(error.code))) return false;
    throw error;
  }
}

export const primaryKilled = faultRow({
  number: 18,
  name: 'MongoDB primary kill -9 (3 members)',
  how: 'The primary of three members is killed, three times, each time when all members are there again.',
  boundMs: 60_000,
  timeoutMs: 400_000,
  open: () => openSetSide(3),
  inject: async ({ set }) => {
    for (let kills = 0; kills < 3; kills++) {
      const primary = await waitFor('a primary among healthy members', () => healthyPrimary(set), {
        timeoutMs: 60_000,
        intervalMs: 250,
      });
      const pid = primary.pid();
      if (pid === null) throw new Error('the primary has no pid');
      process.kill(pid, 'SIGKILL');
    }
  },
});

async function healthyPrimary(set: MongoSet): Promise<Awaited<ReturnType<MongoSet['primary']>>> {
  const { members } = await set.admin.command({ replSetGetStatus: 1 });
  const states = (members as ReadonlyArray<{ readonly stateStr: string; readonly health: number }>).map(
    ({ stateStr, health }) => (health === 1 ? stateStr : 'DOWN'),
  );
  if (states.some((state) => state !== 'PRIMARY' && state !== 'SECONDARY'))
    throw new Error(`members are ${states.join(', ')}`);
  return set.primary();
}

const DISK_MB = 700;
const FULL_MS = 15_000;

interface DiskSide extends SetSide {
  readonly disk: SmallDisk;
}

export const mongoDiskFull = faultRow({
  number: 19,
  name: 'MongoDB disk full (small tmpfs)',
  how: `MongoDB’s folder is a tmpfs of ${DISK_MB} MB that something else fills to the last byte; after ${FULL_MS / 1000} s there is room again.`,
  boundMs: 120_000,
  timeoutMs: 400_000,
  open: openDiskSide,
  inject: async ({ disk }) => {
    const until = performance.now() + FULL_MS;
    while (performance.now() < until) {
      disk.fill();
      await sleep(200);
    }
    disk.free();
  },
});

/** The disk is the member's own: the log that says what happened must not be on it. */
async function openDiskSide(): Promise<DiskSide> {
  const dataDir = newFolder();
  const disk = mountSmallDisk(join(dataDir, 'member0'), DISK_MB);
  try {
    return { ...(await openSetSide(1, dataDir, disk.unmount)), disk };
  } catch (error) {
    disk.unmount();
    throw error;
  }
}
