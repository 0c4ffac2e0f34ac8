/** The data folder of a stack: who may use it, and what in it is ours to remove. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirBusyError } from './errors.ts';
import { readJson } from './json-file.ts';
import { tryLock, type Lock } from './lock.ts';
import { lockPathOf, runDirOf } from './run-records.ts';

/** Takes the folder for this process, or throws a DataDirBusyError that names who has it. */
export function lockDataDir(dataDir: string): Lock {
  // Others may pass through, not list: Postgres runs as its own user when we are root. What is private has its own mode.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  mkdirSync(runDirOf(dataDir), { recursive: true });
  const result = tryLock(lockPathOf(dataDir));
  if ('holder' in result) throw new DataDirBusyError(dataDir, result.holder.pid);
  return result.lock;
}

/** Removes what the servers keep, and nothing else that may lie in the folder. The caller holds the lock and has ended the servers. */
export function wipeData(dataDir: string): void {
  const elsewhere = postgresPointer(dataDir);
  if (elsewhere !== undefined) rmSync(elsewhere, { recursive: true, force: true });
  for (const name of ['postgres', 'postgres.json', 'mongo', 'kafka', 'logs', 'secrets.json', 'ports.json']) {
    rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

/** Whether servers have been set up in this folder before. */
export function hasData(dataDir: string): boolean {
  return ['postgres.json', 'mongo', 'kafka'].some((name) => existsSync(join(dataDir, name)));
}

/** The folder with Postgres's data, where that could not be the data folder itself (see embedded/postgres-home.ts). */
export function postgresPointer(dataDir: string): string | undefined {
  const stored = readJson(join(dataDir, 'postgres.json'));
  const home = typeof stored === 'object' && stored !== null && 'home' in stored ? stored.home : undefined;
  return typeof home === 'string' ? home : undefined;
}
