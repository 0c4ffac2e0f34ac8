/** `readside status` tells the truth about the lag, measured against the source, also when the projector stands still (invariant 8). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { LagReport, ProjectionReport, StatusReport } from '../../services/shared/status-report.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli, startCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { nextProcess, signalProcess } from '../support/faults/run-system.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';

type Status = ProjectionReport & {
  readonly lag: LagReport & { readonly seconds: number; readonly asOf: string };
};

/** That a rebuild is made to copy for. */
const COPY_SECONDS = 8;

/** Of the only read model, with the times between which it was measured. */
async function ask(): Promise<{
  readonly code: number | null;
  readonly report: StatusReport;
  readonly status: Status;
  readonly from: number;
  readonly to: number;
}> {
  const from = Date.now();
  const result = await runCli(['status', '--json'], testDataDir());
  const report = jsonOf(result) as StatusReport;
  return { code: result.code, report, status: onlyOne(report), from, to: Date.now() };
}

function onlyOne({ projections }: StatusReport): Status {
  const [status] = projections;
  if (!status || projections.length > 1) throw new Error(`${projections.length} read models were told`);
  const { lag } = status;
  if ('error' in lag) throw new Error(lag.error);
  const { seconds, asOf } = lag;
  if (seconds === null || asOf === null) throw new Error(`the lag is not known: ${status.text}`);
  return { ...status, lag: { ...lag, seconds, asOf } };
}

async function untilUpToDate(): Promise<{ readonly report: StatusReport; readonly status: Status }> {
  return waitFor(
    'the system to be up to date',
    async () => {
      const asked = await ask();
      if (asked.code !== 0) throw new Error(`exit ${asked.code}: ${asked.status.text}`);
      return asked;
    },
    { timeoutMs: 60_000 },
  );
}

/** Of one process that looks every second, so that what lasts for seconds is seen however long a command takes to begin. */
async function watched(
  what: string,
  isSeen: (looks: readonly StatusReport[]) => boolean,
  during: (looks: () => readonly StatusReport[]) => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly StatusReport[]> {
  const watching = startCli(['status', '--watch', '1', '--json'], testDataDir());
  const looks = (): readonly StatusReport[] =>
    watching
      .stdout()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as StatusReport);
  try {
    await waitFor('two looks', () => looks().length > 1, { timeoutMs: 40_000 });
    await during(looks);
    await waitFor(what, () => isSeen(looks()), { timeoutMs: 60_000 });
  } finally {
    watching.kill('SIGINT');
  }
  expect((await watching.done).code).toBe(130);
  return looks();
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
    const { report, status } = await untilUpToDate();
    expect(report).toMatchObject({ state: 'up-to-date', headline: 'up to date' });
    expect(report.streams).toMatchObject([
      {
        stream: 'profile',
        connector: { state: 'RUNNING', tasks: [{ id: 0, state: 'RUNNING' }], failure: null },
        slot: { active: true, walStatus: 'reserved' },
        topic: { name: 'profile.changes' },
      },
    ]);
    expect(status).toMatchObject({
      projection: 'profile',
      state: 'up-to-date',
      text: 'up to date',
      lag: { events: 0, seconds: 0 },
      built: status.version,
      projectors: 1,
      stopped: false,
      pausedAt: null,
      quarantined: 0,
      rebuild: null,
      kept: null,
    });
    const { projector, ...pids } = runningSystem().pids;
    expect(Object.fromEntries(report.servers.map(({ name, pid }) => [name, pid]))).toEqual(pids);
    expect(status.pid).toBe(projector);
    expect(report.servers.filter(({ up }) => !up)).toEqual([]);
    expect(status.lag.partitions).toHaveLength(report.streams[0]?.topic?.partitions ?? 0);
    expect(status.lag.partitions.filter(({ assigned }) => !assigned)).toEqual([]);
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
    const { projector: _projector, ...servers } = runningSystem().pids;
    for (const name of Object.keys(servers)) expect(stdout).toMatch(new RegExp(`^ {2}${name} +up`, 'm'));
    expect(stdout).toMatch(/^ {2}profile +1 projector {2}pid \d+$/m);
    expect(stdout).toMatch(/^ {2}lag +0 events, .* 0\.0 s, fresh as of \S+$/m);
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
        expect(status.text).toMatch(
          /^stalled at the projector, \d+\.\d s behind \(\d+ events\), because projector does not answer/,
        );
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
      expect(screen.stdout.split('\n')[0]).toMatch(
        /profile: stalled at the projector, \d+\.\d s behind \(\d+ events\)/,
      );
    } finally {
      process.kill(projector, 'SIGCONT');
    }
    await pipeline.settled();
    const { status } = await untilUpToDate();
    expect(status.lag).toMatchObject({ events: 0, seconds: 0 });
    expect(runningSystem().pids.projector).toBe(projector);
  }, 120_000);
});

describe('--watch', () => {
  test('looks again and again, says how fast changes come and are applied, how old they are and how fast the APIs answer', async () => {
    const { readApiUrl } = runningSystem();
    const busy = (look: StatusReport): boolean =>
      (look.projections[0]?.staleness?.saved ?? 0) > 0 && (look.streams[0]?.writtenPerSecond ?? 0) > 0;
    const asked = (look: StatusReport): boolean =>
      look.servers.some(({ name, requests }) => name === 'readApi' && (requests?.perSecond ?? 0) > 0);
    const [first, ...later] = await watched(
      'saves and requests',
      (looks) => looks.some(busy) && looks.some(asked),
      async () => {
        const id = await addUser(pipeline.sql);
        await pipeline.settled();
        await (await fetch(`${readApiUrl}/profiles/${id}`)).text();
      },
    );
    expect(first?.projections[0]).not.toHaveProperty('trend');
    expect(first?.projections[0]).not.toHaveProperty('staleness');
    for (const look of later)
      expect(look).toMatchObject({
        projections: [{ projection: 'profile', trend: { writtenPerSecond: expect.any(Number) } }],
        streams: [{ walBytesPerSecond: expect.any(Number) }],
      });
    const { p50Ms = null, p99Ms = null } = later.find(busy)?.projections[0]?.staleness ?? {};
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms ?? Infinity);
    const requests = later.find(asked)?.servers.find(({ name }) => name === 'readApi')?.requests;
    expect(requests).toMatchObject({ failedPerSecond: 0, p50Ms: expect.any(Number) });
    // Its own questions, and those of whoever operates it, are no requests.
    expect(later.some((look) => !asked(look))).toBe(true);
  }, 120_000);

  test('sees a rebuild that somebody runs, with its progress; it tells its own in JSON, and is in the audit', async () => {
    for (let n = 0; n < 60; n++) await addUser(pipeline.sql);
    await pipeline.settled();
    const { rows } = await pipeline.sql.query<{ count: number }>('select count(*)::int as count from users');
    // However many there are, to copy them takes many looks.
    const rate = String(Math.ceil((rows[0]?.count ?? 0) / COPY_SECONDS));
    const rebuild = ['rebuild', 'profile', '--rate', rate, '--json'];
    const rebuildIn = (look: StatusReport | undefined): ProjectionReport['rebuild'] =>
      look?.projections[0]?.rebuild ?? null;
    const isUnderWay = (look: StatusReport): boolean => {
      const { running, done, total } = rebuildIn(look) ?? { running: false, done: 0, total: null };
      return running && done > 0 && total !== null;
    };
    const screens = startCli(['status', '--watch', '1'], testDataDir());
    const rebuilt: CliResult[] = [];
    const looks = await watched(
      'the end of the rebuild',
      (seen) => seen.at(-1)?.state === 'up-to-date' && rebuildIn(seen.at(-1)) === null,
      async () => {
        await waitFor('a screen', () => screens.stdout() !== '', { timeoutMs: 40_000 });
        rebuilt.push(await runCli(rebuild, testDataDir(), { USER: 'somebody' }));
      },
    ).finally(() => screens.kill('SIGINT'));
    expect(rebuildIn(looks.find(isUnderWay))?.stage).toMatch(/^(copy|follow|verify)$/);
    expect((await screens.done).stdout).toMatch(
      /^ {2}rebuild +(copying|building|catching|comparing|swapping)/m,
    );
    expect(rebuilt[0]?.code).toBe(0);
    const stages = rebuilt
      .flatMap(({ stderr }) => stderr.trimEnd().split('\n'))
      .map(
        (line) => (JSON.parse(line) as { readonly progress?: { readonly stage: string } }).progress?.stage,
      );
    expect(stages).toEqual(expect.arrayContaining(['copying from the source', 'comparing with SQL']));
    const audit = jsonOf(await runCli(['dlq', 'audit', '--json'], testDataDir())) as readonly object[];
    expect(audit.at(-1)).toMatchObject({
      act: 'rebuild',
      by: 'somebody',
      outcome: { told: expect.stringMatching(/documents copied, .* compared with SQL, swapped in$/) },
    });
  }, 180_000);

  test('finds a server again that has died and come back', async () => {
    const mongod = (look: StatusReport | undefined): boolean =>
      look?.servers.find(({ name }) => name === 'mongod')?.up ?? false;
    const looks = await watched(
      'mongod to be down, and up again',
      (seen) => seen.some((look) => !mongod(look)) && seen.at(-1)?.state === 'up-to-date',
      async (seen) => {
        signalProcess('mongod', 'SIGSTOP');
        try {
          await waitFor('a look that says so', () => seen().some((look) => !mongod(look)), {
            timeoutMs: 30_000,
          });
        } finally {
          await nextProcess('mongod', signalProcess('mongod', 'SIGKILL'));
        }
      },
    );
    const down = looks.find((look) => !mongod(look));
    expect(down?.headline).toMatch(/^stalled at MongoDB because mongod does not answer: /);
    expect(down?.projections[0]?.causes[0]).toMatchObject({ code: 'store-down', stage: 'mongod' });
    expect(down?.projections[0]?.documents).toHaveProperty('error');
  }, 120_000);

  test('ends when nobody reads it any more', async () => {
    const watching = startCli(['status', '--watch', '1', '--json'], testDataDir());
    await waitFor('a look', () => watching.stdout() !== '', { timeoutMs: 40_000 });
    watching.hangUp();
    const { code, stderr } = await watching.done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }, 60_000);
});
