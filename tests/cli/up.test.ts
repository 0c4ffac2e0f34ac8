/** `readside up` in full, on a folder of its own beside the run's system: the demo to its end, and Ctrl-C in the middle of the start. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, newGround, runCli, startCli } from '../support/cli.ts';
import type { Ground } from '../support/cli.ts';

interface Started {
  readonly postgresUrl: string;
  readonly projectors: Readonly<
    Record<string, { readonly pid: number | null; readonly stopped: boolean } | undefined>
  >;
}

interface Info {
  readonly pids: Readonly<Record<string, number>>;
  readonly demo: { readonly steps: readonly { readonly what: string; readonly milliseconds: number }[] };
}

const SERVERS = ['postgres', 'mongod', 'kafka', 'connect', 'writeApi', 'readApi', 'projector'];

let ground: Ground;
beforeEach(() => {
  ground = newGround();
});
afterEach(() => ground.remove());

function stackFile(): Started {
  return JSON.parse(readFileSync(join(ground.dataDir, 'stack.json'), 'utf8')) as Started;
}

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

test('up: a read model is stopped and started by itself; on a stream that has lost its slot it says what heals it, stays up, and the rebuild makes it go on', async () => {
  const start = async () => {
    const args = ['up', '--no-demo', '--json', '--projection', 'profile,directory'];
    const run = startCli(args, ground.dataDir, ground.env);
    await waitFor(
      'the system to be up',
      () => {
        if (existsSync(join(ground.dataDir, 'stack.json'))) return true;
        throw new Error(run.stderr());
      },
      { timeoutMs: 120_000 },
    );
    return {
      run,
      stop: async () => {
        run.kill('SIGINT');
        return run.done;
      },
    };
  };
  const first = await start();
  const { postgresUrl } = stackFile();
  const directory = async (verb: string): Promise<unknown> => {
    const [listed] = jsonOf(
      await runCli(['projections', verb, 'directory', '--json'], ground.dataDir, ground.env),
    ) as readonly unknown[];
    return { listed, now: stackFile().projectors['directory'] };
  };
  const { pid } = stackFile().projectors['directory'] ?? {};
  expect(await directory('stop')).toMatchObject({
    listed: { projection: 'directory', stopped: true },
    now: { pid: null, stopped: true },
  });
  expect(identify(pid ?? 0)).toBeUndefined();
  expect(await directory('start')).toMatchObject({
    listed: { projection: 'directory', stopped: false },
    now: { pid: expect.any(Number), stopped: false },
  });
  expect(await runCli(['projections', 'start', 'nope'], ground.dataDir, ground.env)).toMatchObject({
    code: 2,
  });
  await directory('stop');
  await runCli(['connectors', 'pause'], ground.dataDir, ground.env);
  const sql = new pg.Client({ connectionString: postgresUrl });
  await sql.connect();
  const dropped = async (): Promise<boolean> => {
    await sql.query(
      'select pg_terminate_backend(active_pid) from pg_replication_slots where slot_name = $1 and active',
      ['readside_profile'],
    );
    const { rowCount } = await sql.query(
      'select pg_drop_replication_slot(slot_name) from pg_replication_slots where not active',
    );
    return rowCount === 1;
  };
  await waitFor('the slot to be dropped', dropped, { timeoutMs: 30_000, intervalMs: 10 });
  await sql.end();
  expect((await first.stop()).code).toBe(0);

  const second = await start();
  try {
    // What was stopped stays so.
    expect(stackFile().projectors).toMatchObject({
      profile: { stopped: false },
      directory: { stopped: true },
    });
    expect(second.run.stderr()).toMatch(/the slot readside_profile is absent: readside rebuild profile/);
    expect(await runCli(['rebuild', 'profile'], ground.dataDir, ground.env)).toMatchObject({ code: 0 });
    await waitFor(
      'status to say that it goes on',
      async () => (await runCli(['status'], ground.dataDir, ground.env)).code === 0,
      { timeoutMs: 60_000, intervalMs: 500 },
    );
  } finally {
    expect((await second.stop()).code).toBe(0);
  }
}, 300_000);
