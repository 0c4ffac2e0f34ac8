/** `readside up` where it cannot run: one line that says what to do, nothing started, nothing left, and nobody else disturbed. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { stackHolder } from '../../stack/run-records.ts';
import { linesOf, newGround, pathWithNodeOnly, runCli } from '../support/cli.ts';
import type { Ground } from '../support/cli.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';
import { read } from '../support/system-client.ts';

let ground: Ground;
beforeEach(() => {
  ground = newGround();
});
afterEach(() => ground.remove());

test('without Java: a line that names Java 17 and how to get it', async () => {
  const PATH = pathWithNodeOnly(join(ground.dataDir, '..', 'bin'));
  const result = await runCli(['up', '--once'], ground.dataDir, {
    ...ground.env,
    PATH,
    JAVA_HOME: undefined,
  });
  expect(result.code).toBe(1);
  expect(result.stdout).toBe('');
  expect(linesOf(result)[0]).toMatch(/^readside: Java is not on PATH; .*install Java 17 or newer/);
  expect(result.stderr).not.toMatch(/ is up |^\s+at /m);
  expect(ground.processes()).toEqual([]);
  expect(existsSync(join(ground.dataDir, 'postgres'))).toBe(false);
  expect(existsSync(join(ground.dataDir, 'stack.json'))).toBe(false);
});

test('on a folder that another process uses: a line with its pid, and that one goes on', async () => {
  const holder = stackHolder(testDataDir());
  const before = runningSystem();
  const result = await runCli(['up', '--once', '--fresh'], testDataDir(), ground.env);
  expect(result.code).toBe(1);
  expect(linesOf(result)).toEqual([
    `readside: ${testDataDir()} is in use by process ${holder}: stop that one first (readside down), or use another data folder`,
  ]);
  expect(ground.processes()).toEqual([]);
  expect(stackHolder(testDataDir())).toBe(holder);
  expect(runningSystem()).toEqual(before);
  expect((await read('/readyz')).status).toBe(200);
});

// An engine behind this socket is found whatever the environment says.
const whereThereIsNoEngine = existsSync('/var/run/docker.sock') ? describe.skip : describe;
whereThereIsNoEngine('with containers and no engine', () => {
  test('a line that names what is missing', async () => {
    const home = join(ground.dataDir, '..', 'home');
    mkdirSync(home);
    const result = await runCli(['up', '--once'], ground.dataDir, {
      ...ground.env,
      READSIDE_STACK: 'containers',
      DOCKER_HOST: 'tcp://127.0.0.1:1',
      HOME: home,
      XDG_RUNTIME_DIR: home,
    });
    expect(result.code).toBe(1);
    const line = /^readside: no container engine can be reached .*start Docker or Podman/;
    expect(linesOf(result)).toEqual([expect.stringMatching(line)]);
    expect(ground.processes()).toEqual([]);
  });
});
