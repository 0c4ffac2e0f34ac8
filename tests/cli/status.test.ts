/** `readside status` tells the truth about the lag, measured against the source, also when the projector stands still (invariant 8). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli, startCli } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

interface Status {
  readonly projection: string;
  readonly state: string;
  readonly text: string;
  readonly servers: readonly { readonly name: string; readonly pid: number | null; readonly up: boolean }[];
  readonly connector: { readonly connector: { readonly state: string } };
  readonly lag: {
    readonly events: number;
    readonly bytes: number;
    readonly seconds: number;
    readonly asOf: string;
  };
  readonly documents: { readonly live: number; readonly pending: number; readonly tombstones: number };
}

/** With the times between which it was measured. */
async function ask(): Promise<{ code: number | null; status: Status; from: number; to: number }> {
  const from = Date.now();
  const result = await runCli(['status', '--json'], testDataDir());
  const [status] = jsonOf(result) as readonly Status[];
  if (!status) throw new Error(`no projection in ${result.stdout}`);
  return { code: result.code, status, from, to: Date.now() };
}

async function untilUpToDate(): Promise<Status> {
  return waitFor(
    'the system to be up to date',
    async () => {
      const { code, status } = await ask();
      if (code !== 0) throw new Error(`exit ${code}: ${status.text}`);
      return status;
    },
    { timeoutMs: 60_000 },
  );
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

describe('a system that is well', () => {
  test('is up to date: exit 0, every server up with its pid, no lag, as many documents as SQL has', async () => {
    await addUser(pipeline.sql);
    await pipeline.settled();
    const status = await untilUpToDate();
    expect(status).toMatchObject({
      projection: 'profile',
      state: 'up-to-date',
      text: 'up to date',
      connector: { connector: { state: 'RUNNING' } },
      lag: { events: 0, seconds: 0 },
    });
    const { pids } = runningSystem();
    expect(Object.fromEntries(status.servers.map(({ name, pid }) => [name, pid]))).toEqual(pids);
    expect(status.servers.filter(({ up }) => !up)).toEqual([]);
    const { rows } = await pipeline.sql.query<{ count: number }>('select count(*)::int as count from users');
    expect(status.documents).toMatchObject({ live: rows[0]?.count, pending: 0 });
  });

  test('is shown to a person on one screen, the verdict first', async () => {
    const { stdout, stderr } = await waitFor(
      'exit 0',
      async () => {
        const result = await runCli(['status'], testDataDir());
        return result.code === 0 ? result : undefined;
      },
      { timeoutMs: 30_000 },
    );
    expect(stderr).toBe('');
    expect(stdout.split('\n')[0]).toContain('profile: up to date');
    for (const name of Object.keys(runningSystem().pids))
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +up`, 'm'));
    expect(stdout).toMatch(/^ {2}lag +0 events, .* 0\.0 s$/m);
  });
});

describe('with a projector that stands still', () => {
  test('the lag is that of what was written and grows with its age, and ends when the projector goes on', async () => {
    await pipeline.settled();
    const projector = runningSystem().pids.projector;
    if (projector === null) throw new Error('no projector runs');
    process.kill(projector, 'SIGSTOP');
    try {
      const before = Date.now();
      await addUser(pipeline.sql);
      const oldest = Date.now();
      const writes = 40;
      for (let n = 1; n < writes; n++) await addUser(pipeline.sql);
      const first = await ask();
      const [second, screen] = await Promise.all([ask(), runCli(['status'], testDataDir())]);
      for (const { code, status } of [first, second]) {
        expect(code).toBe(3);
        expect(status.state).toBe('stalled');
        expect(status.text).toMatch(/^stalled by \d+\.\d s \(\d+ events\): projector does not answer/);
        expect(status.lag.events).toBeGreaterThanOrEqual(writes);
        expect(Date.parse(status.lag.asOf)).toBeLessThanOrEqual(oldest);
      }
      // As old as the oldest write; what is proven lies up to a few heartbeats before that.
      for (const { status, from, to } of [first, second]) {
        expect(status.lag.seconds).toBeGreaterThanOrEqual((from - oldest) / 1000);
        expect(status.lag.seconds).toBeLessThanOrEqual((to - before) / 1000 + 4);
      }
      expect(second.status.lag.seconds - first.status.lag.seconds).toBeGreaterThan(1);
      expect(second.status.lag.events).toBeGreaterThanOrEqual(first.status.lag.events);
      expect(screen.code).toBe(3);
      expect(screen.stdout.split('\n')[0]).toMatch(/profile: stalled by \d+\.\d s \(\d+ events\)/);
    } finally {
      process.kill(projector, 'SIGCONT');
    }
    await pipeline.settled();
    const { lag } = await untilUpToDate();
    expect(lag).toMatchObject({ events: 0, seconds: 0 });
    expect(runningSystem().pids.projector).toBe(projector);
  }, 120_000);
});

test('--watch looks again and again, says how fast changes come and are applied, and ends by Ctrl-C', async () => {
  const watching = startCli(['status', '--watch', '1', '--json'], testDataDir());
  try {
    await waitFor('three looks', () => watching.stdout().split('\n').length > 3, { timeoutMs: 40_000 });
  } finally {
    watching.kill('SIGINT');
  }
  const { code, stdout } = await watching.done;
  expect(code).toBe(130);
  const [first, ...later] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as readonly object[])[0]);
  expect(first).not.toHaveProperty('trend');
  for (const look of later)
    expect(look).toMatchObject({ projection: 'profile', trend: { writtenPerSecond: expect.any(Number) } });
}, 60_000);
