/** `readside up` in full, on a folder of its own beside the run's system: the demo to its end, the pages, and Ctrl-C in the middle of the start. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, newGround, startCli } from '../support/cli.ts';
import type { Ground } from '../support/cli.ts';

interface Info {
  readonly pids: Readonly<Record<string, number>>;
  readonly token: string;
  readonly demo: { readonly steps: readonly { readonly what: string; readonly milliseconds: number }[] };
}

const SERVERS = ['postgres', 'mongod', 'kafka', 'connect', 'writeApi', 'readApi', 'projector'];

let ground: Ground;
beforeEach(() => {
  ground = newGround();
});
afterEach(() => ground.remove());

function leftRecords(): readonly string[] {
  const folder = join(ground.dataDir, 'run');
  return existsSync(folder) ? readdirSync(folder) : [];
}

test('up --once --json: runs the demo, says what it measured, and leaves no process', async () => {
  const run = startCli(['up', '--once', '--json'], ground.dataDir, ground.env);
  const result = await run.done;
  expect(result).toMatchObject({ code: 0 });
  const info = jsonOf(result) as Info;
  expect(info).toMatchObject({
    writeApiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    readApiUrl: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    demo: {
      profile: {
        displayName: 'Ada',
        bio: 'changed by plain SQL',
        addresses: [{ city: 'London', isPrimary: true }],
        preferences: { theme: 'dark', notifications: { email: true } },
      },
    },
  });
  const [, claims = ''] = info.token.split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ scope: 'admin' });
  const steps = info.demo.steps.map(({ what }) => what).join('\n');
  for (const step of ['POST /users', 'PATCH /users/{id}', 'changed by plain SQL'])
    expect(steps).toContain(step);
  expect(info.demo.steps.filter(({ milliseconds }) => !(milliseconds > 0))).toEqual([]);
  expect(Object.keys(info.pids).toSorted()).toEqual(SERVERS.toSorted());
  expect(Object.values(info.pids).filter((pid) => identify(pid) !== undefined)).toEqual([]);
  expect(ground.processes()).toEqual([]);
  expect(leftRecords()).toEqual([]);
  expect(existsSync(join(ground.dataDir, 'stack.json'))).toBe(false);
}, 180_000);

test('up, and it stays: its pages answer, the console comes back when it dies, and none is left after Ctrl-C', async () => {
  const run = startCli(['up', '--no-demo', '--json'], ground.dataDir, ground.env);
  await waitFor('the system', () => run.stdout().includes('\n'), { timeoutMs: 120_000 });
  const { consoleUrl, token, pids } = JSON.parse(run.stdout()) as Info & { readonly consoleUrl: string };
  expect(Object.keys(pids).toSorted()).toEqual([...SERVERS, 'console'].toSorted());
  const looks = async (): Promise<boolean> => {
    const response = await fetch(`${consoleUrl}/api/history`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return ((await response.json()) as { readonly at: readonly string[] }).at.length > 0;
  };
  await waitFor('a look', looks, { timeoutMs: 30_000 });
  process.kill(pids['console'] ?? 0, 'SIGKILL');
  await waitFor('the next console to look', looks, { timeoutMs: 30_000 });
  run.kill('SIGINT');
  expect(await run.done).toMatchObject({ code: 0 });
  expect(ground.processes()).toEqual([]);
  expect(leftRecords()).toEqual([]);
}, 240_000);

test('up, interrupted in the middle of its start: exit 130, one line, and no process is left', async () => {
  const run = startCli(['up'], ground.dataDir, ground.env);
  await waitFor('the first server to be up', () => run.stderr().includes(' is up '), {
    timeoutMs: 90_000,
    intervalMs: 10,
  });
  expect(ground.processes().length).toBeGreaterThan(1);
  run.kill('SIGINT');
  const { code, stdout, stderr } = await run.done;
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr.trimEnd().split('\n').at(-1)).toBe('readside: stopped by SIGINT');
  expect(ground.processes()).toEqual([]);
  expect(leftRecords()).toEqual([]);
  expect(existsSync(join(ground.dataDir, 'stack.json'))).toBe(false);
}, 180_000);
