/** Row 20: the broker's disk is full, and has room again later. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { faultRow } from '../../support/faults/fault-row.ts';
import { openOwnSystem } from '../../support/faults/own-system.ts';
import type { OwnSystem } from '../../support/faults/own-system.ts';
import { mountSmallDisk } from '../../support/faults/small-disk.ts';
import type { SmallDisk } from '../../support/faults/small-disk.ts';

const DISK_MB = 400;
const FULL_MS = 15_000;

interface DiskSystem extends OwnSystem {
  readonly disk: SmallDisk;
}

export const kafkaDiskFull = faultRow({
  number: 20,
  name: 'Kafka disk full (small tmpfs)',
  how: `The broker’s folder is a tmpfs of ${DISK_MB} MB that something else fills to the last byte; after ${FULL_MS / 1000} s there is room again. In a system of its own.`,
  boundMs: 180_000,
  timeoutMs: 600_000,
  open: openDiskSystem,
  inject: async ({ disk }) => {
    const until = performance.now() + FULL_MS;
    while (performance.now() < until) {
      disk.fill();
      await sleep(200);
    }
    disk.free();
  },
});

async function openDiskSystem(): Promise<DiskSystem> {
  const disks: SmallDisk[] = [];
  const own = await openOwnSystem((dataDir) => {
    const disk = mountSmallDisk(join(dataDir, 'kafka'), DISK_MB);
    disks.push(disk);
    return () => disk.unmount();
  });
  const [disk] = disks;
  if (!disk) throw new Error('there is no disk');
  return { ...own, disk };
}
