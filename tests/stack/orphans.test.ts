import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { lockDataDir } from '../../stack/data-dir.ts';
import { DataDirBusyError } from '../../stack/errors.ts';
import { tryLock } from '../../stack/lock.ts';
import { identify } from '../../stack/process-identity.ts';
import { endOrphans, lockPathOf, runDirOf, stackHolder, writeRunRecord } from '../../stack/run-records.ts';
import { isRunning, makeFolder, temporaryFolder, untilGone } from './support.ts';

const fixture = fileURLToPath(new URL('./fixtures/supervise-and-hang.ts', import.meta.url));

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

test('what a killed supervisor left behind is found and ended, and its folder is free again', async () => {
  const dataDir = temporaryFolder();
  const supervisor = spawn(process.execPath, ['--import', 'tsx', fixture, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(supervisor);
  const [line] = await once(supervisor.stdout, 'data');
  const orphan = Number(String(line));
  expect(isRunning(orphan)).toBe(true);

  expect(stackHolder(dataDir)).toBe(supervisor.pid);
  expect(() => lockDataDir(dataDir)).toThrow(DataDirBusyError);
  expect(() => lockDataDir(dataDir)).toThrow(new RegExp(`in use by process ${supervisor.pid}`));

  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  expect(isRunning(orphan)).toBe(true);
  expect(stackHolder(dataDir)).toBeUndefined();

  const lock = lockDataDir(dataDir);
  expect(await endOrphans(dataDir)).toEqual([{ name: 'sleeper', pid: orphan }]);
  await untilGone(orphan);
  expect(await endOrphans(dataDir)).toEqual([]);
  lock.release();
});

test('a process that got the pid of a recorded one is left alone', async () => {
  const dataDir = temporaryFolder();
  const bystander = spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1000)'], {
    stdio: 'ignore',
  });
  started.push(bystander);
  await once(bystander, 'spawn');
  const pid = bystander.pid ?? 0;
  writeRunRecord(runDirOf(dataDir), {
    pid,
    started: 'another boot/1',
    name: 'old',
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 1000,
  });
  expect(await endOrphans(dataDir)).toEqual([]);
  expect(isRunning(pid)).toBe(true);
});

test('a lock whose holder is gone, or that is no lock at all, is taken over', () => {
  const dataDir = temporaryFolder();
  makeFolder(runDirOf(dataDir));
  for (const stale of ['', '{"pid":1', JSON.stringify({ pid: process.pid, started: 'another boot/1' })]) {
    writeFileSync(lockPathOf(dataDir), stale);
    lockDataDir(dataDir).release();
  }
  expect(stackHolder(dataDir)).toBeUndefined();
});

test('of many that want one lock, one gets it', () => {
  const path = join(temporaryFolder(), 'lock.json');
  const results = Array.from({ length: 10 }, () => tryLock(path));
  expect(results.filter((result) => 'lock' in result)).toHaveLength(1);
  const holders = results.flatMap((result) => ('holder' in result ? [result.holder] : []));
  expect(holders).toEqual(Array.from({ length: 9 }, () => identify(process.pid)));
});
