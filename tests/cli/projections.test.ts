/** `readside projections`: what there is, and a pause that holds until somebody ends it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

interface Listed {
  readonly projection: string;
  readonly version: number;
  readonly built: number | null;
  readonly documents: number;
  readonly pausedAt: string | null;
  readonly health: { readonly state: string; readonly text: string } | null;
}

const projections = (...args: readonly string[]): Promise<CliResult> =>
  runCli(['projections', ...args, '--json'], testDataDir());

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

test('a paused projection stands still and says so, and goes on where it stood', async () => {
  const { sql, projection, admin } = pipeline;
  const id = await addUser(sql);
  await servedAsInSql(pipeline, [id]);
  const [before] = jsonOf(await projections('list')) as readonly Listed[];
  expect(before).toMatchObject({ projection: 'profile', pausedAt: null, built: projection.version });
  expect(before?.documents).toBeGreaterThan(0);

  const paused = await projections('pause', 'profile');
  try {
    expect(paused.code).toBe(0);
    await waitFor(
      'the projectors to stand aside',
      async () => {
        const { groups } = await admin.describeGroups([projection.group]);
        return groups.every(({ members }) => members.length === 0);
      },
      { timeoutMs: 30_000 },
    );
    await sql.query("update users set display_name = 'Waits' where id = $1", [id]);
    await waitFor(
      'health to say so',
      async () => {
        const [listed] = jsonOf(await projections('list')) as readonly Listed[];
        return (
          listed?.health?.text.includes(
            'profile is paused: changes wait in Kafka: readside projections resume profile',
          ) && listed.pausedAt !== null
        );
      },
      { timeoutMs: 30_000, intervalMs: 500 },
    );
    const status = await runCli(['status', '--json'], testDataDir());
    expect(status.code).toBe(3);
    expect(status.stdout).toContain('"code":"projection-paused"');
    const served = await fetch(`${runningSystem().readApiUrl}/profiles/${id}`);
    expect(await served.json()).toMatchObject({ displayName: null });
  } finally {
    expect((await projections('resume', 'profile')).code).toBe(0);
  }
  await servedAsInSql(pipeline, [id]);
}, 180_000);

test('a projector is stopped and started again, and the audit says by whom', async () => {
  const env = { USER: 'somebody' };
  const change = async (verb: 'start' | 'stop'): Promise<unknown> => {
    const result = await runCli(['projections', verb, 'profile', '--json'], testDataDir(), env);
    expect(result.code).toBe(0);
    return jsonOf(result);
  };
  try {
    expect(await change('stop')).toMatchObject([{ projection: 'profile', stopped: true }]);
    expect(await change('stop')).toMatchObject([{ stopped: true }]);
  } finally {
    expect(await change('start')).toMatchObject([{ stopped: false }]);
  }
  const lines = jsonOf(await runCli(['dlq', 'audit', '--json'], testDataDir())) as readonly object[];
  expect(lines.slice(-3)).toMatchObject([
    { act: 'projection-stop', of: [], by: 'somebody', outcome: { told: 'done' } },
    { act: 'projection-stop', outcome: { told: 'it was so already' } },
    { act: 'projection-start', outcome: { told: 'done' } },
  ]);
}, 120_000);

test('a projection that there is not is a wrong argument', async () => {
  const result = await projections('pause', 'nope');
  expect(result.code).toBe(2);
  expect(result.stderr).toContain('PROJECTION nope: there is no ');
}, 60_000);
