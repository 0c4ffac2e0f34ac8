/**
 * A lock that is a file: it names its holder, and one whose holder is gone is taken over. The holder is known by pid and start time, so a pid
 * that now belongs to somebody else does not keep it locked.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { codeOf } from './errors.ts';
import { identify, isAlive, type ProcessIdentity } from './process-identity.ts';

export interface Lock {
  release(): void;
}

/** The lock, or the live process that holds it. A holder that asks again gets itself as the answer: the lock is not reentrant. */
export function tryLock(path: string): { readonly lock: Lock } | { readonly holder: ProcessIdentity } {
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process cannot find itself');
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  const content = JSON.stringify(self);
  writeFileSync(own, content, { mode: 0o644 });
  try {
    for (;;) {
      // A hard link appears whole or not at all, and fails where the name exists: that is the atomic step.
      if (tryLink(own, path)) return { lock: { release: () => release(path, content) } };
      const current = readText(path);
      if (current === undefined) continue;
      const holder = parseHolder(current);
      if (holder !== undefined && isAlive(holder)) return { holder };
      takeAway(path, current, `${own}.stale`);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** The live holder of a lock, if there is one. */
export function lockHolder(path: string): ProcessIdentity | undefined {
  const content = readText(path);
  const holder = content === undefined ? undefined : parseHolder(content);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function release(path: string, content: string): void {
  if (readText(path) === content) rmSync(path, { force: true });
}

/** Removes the stale lock that was read. Another run may have replaced it with its own in between: that one is put back. */
function takeAway(path: string, stale: string, aside: string): void {
  try {
    renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return;
    throw error;
  }
  if (readText(aside) !== stale) tryLink(aside, path);
  rmSync(aside, { force: true });
}

function tryLink(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseHolder(content: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(content);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value))
      return undefined;
    return typeof value.pid === 'number' && typeof value.started === 'string'
      ? { pid: value.pid, started: value.started }
      : undefined;
  } catch (error) {
    // Not ours, or cut short by a full disk: nobody can be said to hold it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
