/** A disk so small that it can be filled: a tmpfs, for which one must be root on Linux. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../../stack/errors.ts';

export interface SmallDisk {
  /** Writes until nothing more goes on it. */
  fill(): void;
  /** Gives back what `fill` took. */
  free(): void;
  /** Idempotent. */
  readonly unmount: () => void;
}

const TIMEOUT_MS = 10_000;
const CHUNKS = [1024 * 1024, 4096];

/** Why there can be none here; null when there can. */
export function noSmallDisk(): string | null {
  if (process.platform === 'linux' && process.getuid?.() === 0) return null;
  return 'needs a small tmpfs, which only root can mount on Linux';
}

/** The folder becomes the disk's root. */
export function mountSmallDisk(folder: string, megabytes: number): SmallDisk {
  mkdirSync(folder, { recursive: true });
  run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'readside-fault', folder]);
  let isMounted = true;
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      const file = openSync(filler, 'a');
      try {
        for (const size of CHUNKS) writeUntilFull(file, Buffer.alloc(size));
      } finally {
        closeSync(file);
      }
    },
    free: () => rmSync(filler, { force: true }),
    // Lazily: what is still open must not keep the suite from cleaning up.
    unmount: () => {
      if (isMounted) run('umount', ['-l', folder]);
      isMounted = false;
    },
  };
}

function writeUntilFull(file: number, chunk: Buffer): void {
  try {
    for (;;) if (writeSync(file, chunk) < chunk.length) return;
  } catch (error) {
    if (codeOf(error) !== 'ENOSPC') throw error;
  }
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { timeout: TIMEOUT_MS, stdio: ['ignore', 'ignore', 'pipe'] });
}
