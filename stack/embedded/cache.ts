/**
 * The downloads of this user, kept between runs and shared by all clones.
 *
 * Guarantees: an entry's folder is whole or absent. It is filled under a temporary name by one process at a time and then renamed; what a
 * killed run left half-filled has another name, is never used, and is removed by the next run that fills.
 */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { OnEvent } from '../events.ts';
import { tryLock, type Lock } from '../lock.ts';
import { waitFor } from '../wait.ts';
import type { Env } from './tools.ts';

export interface CacheEntry {
  readonly name: string;
  /** Changes whenever what the entry holds would change: versions, checksums. */
  readonly key: string;
  /** Puts everything into `folder`, which exists and is empty. What it throws leaves no entry. */
  readonly fill: (folder: string) => Promise<void>;
}

export interface CacheOptions {
  readonly root: string;
  readonly onEvent: OnEvent;
  readonly signal?: AbortSignal | undefined;
}

/** Another run may be downloading on a slow line. */
const lockTimeoutMs = 30 * 60_000;

export function cacheRoot(env: Env): string {
  const base = env['XDG_CACHE_HOME'];
  return join(
    base !== undefined && base.startsWith('/') ? base : join(env['HOME'] ?? homedir(), '.cache'),
    'readside',
  );
}

export function cachePath(root: string, entry: Pick<CacheEntry, 'name' | 'key'>): string {
  return join(root, `${entry.name}-${entry.key}`);
}

export function isCached(root: string, entry: Pick<CacheEntry, 'name' | 'key'>): boolean {
  return existsSync(cachePath(root, entry));
}

/** The folder of the entry, filled now if it is not there yet. */
export async function cached(entry: CacheEntry, options: CacheOptions): Promise<string> {
  const path = cachePath(options.root, entry);
  if (existsSync(path)) return path;
  await mkdir(options.root, { recursive: true });
  const lock = await lockEntry(`${path}.lock`, entry.name, options);
  try {
    if (!existsSync(path)) await fillNow(entry, path, options);
    return path;
  } finally {
    lock.release();
  }
}

async function fillNow(entry: CacheEntry, path: string, { root, onEvent }: CacheOptions): Promise<void> {
  const prefix = `.${entry.name}-${entry.key}.part-`;
  const leftovers = (await readdir(root)).filter((name) => name.startsWith(prefix));
  await Promise.all(leftovers.map((name) => rm(join(root, name), { recursive: true, force: true })));
  const startedAt = performance.now();
  onEvent({ type: 'installing', name: entry.name });
  const part = await mkdtemp(join(root, prefix));
  try {
    await entry.fill(part);
    await rename(part, path);
  } finally {
    await rm(part, { recursive: true, force: true });
  }
  onEvent({ type: 'installed', name: entry.name, ms: Math.round(performance.now() - startedAt) });
}

async function lockEntry(path: string, name: string, { onEvent, signal }: CacheOptions): Promise<Lock> {
  let told = false;
  return waitFor(
    `the lock ${path}`,
    () => {
      const result = tryLock(path);
      if ('lock' in result) return result.lock;
      if (!told) onEvent({ type: 'waiting', name, pid: result.holder.pid });
      told = true;
      return undefined;
    },
    { timeoutMs: lockTimeoutMs, intervalMs: 100, signal },
  );
}
