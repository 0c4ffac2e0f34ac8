/** Compose v2, built from its Go module where the engine has no such plugin and it cannot be downloaded. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cachePath, type CacheEntry } from '../../stack/embedded/cache.ts';
import { output } from './run.ts';

const MODULE = 'github.com/docker/compose/v2';
/** The Go module proxy vouches for what it brings: its checksums are in a public log. */
const VERSION = 'v2.40.3';

/** The entry's folder holds `docker-compose`. */
export const composeEntry: CacheEntry = { name: 'compose', key: VERSION, fill };

export function builtCompose(root: string): string {
  return join(cachePath(root, composeEntry), 'docker-compose');
}

async function fill(folder: string): Promise<void> {
  const told = await output('go', ['mod', 'download', '-json', `${MODULE}@${VERSION}`]);
  const { Dir: source } = JSON.parse(told) as { readonly Dir: string };
  // A module of others with replacements of its own is only built in its own folder, and the downloaded one is read-only.
  const work = await mkdtemp(join(tmpdir(), 'readside-compose-'));
  try {
    await cp(source, work, { recursive: true });
    await output('chmod', ['-R', 'u+w', work]);
    await output('go', [
      'build',
      '-C',
      work,
      '-trimpath',
      `-ldflags=-s -w -X ${MODULE}/internal.Version=${VERSION}`,
      '-o',
      join(folder, 'docker-compose'),
      './cmd',
    ]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
