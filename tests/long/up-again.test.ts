/** `readside up` on a folder that has seen much: read models that were stopped, and a stream that has lost its slot. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { readStackFile } from '../../cli/local/stack-file.ts';
import type { StackFile } from '../../cli/local/stack-file.ts';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, newGround, runCli, startCli } from '../support/cli.ts';
import type { Ground } from '../support/cli.ts';

let ground: Ground;
beforeAll(() => {
  ground = newGround();
});
afterAll(() => ground.remove());

function started(): StackFile {
  const file = readStackFile(ground.dataDir);
  if (!file) throw new Error('no system runs');
  return file;
}

test('up: a read model is stopped and started by itself; on a stream that has lost its slot it says what heals it, stays up, and the rebuild makes it go on', async () => {
  const start = async () => {
    const args = ['up', '--no-demo', '--json', '--projection', 'profile,directory'];
    const run = startCli(args, ground.dataDir, ground.env);
    await waitFor(
      'the system to be up',
      () => {
        if (readStackFile(ground.dataDir)) return true;
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
  const { postgresUrl } = started();
  const directory = async (verb: string): Promise<unknown> => {
    const [listed] = jsonOf(
      await runCli(['projections', verb, 'directory', '--json'], ground.dataDir, ground.env),
    ) as readonly unknown[];
    return { listed, now: started().projectors['directory'] };
  };
  const { pid } = started().projectors['directory'] ?? {};
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
    expect(started().projectors).toMatchObject({
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
