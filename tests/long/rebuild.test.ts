/**
 * A rebuild as a person runs it, under writers and readers: killed at any moment it goes on with what it has copied, what it has replaced can
 * be put back, stopped it can be given up; and changes can be delivered again. On a stream of this test's own, with its own projector and read API.
 * READSIDE_REBUILD_ROWS (4000).
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RebuildReport } from '../../cli/rebuild/rebuild.ts';
import type { ReplayReport } from '../../cli/rebuild/replay.ts';
import type { RollbackReport } from '../../cli/rebuild/rollback.ts';
import { readAudit } from '../../cli/audit.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { readKept } from '../../services/shared/kept-documents.ts';
import { waitFor } from '../../stack/wait.ts';
import next from '../fixtures/projections/teams-next.ts';
import teams from '../fixtures/projections/teams.ts';
import { jsonOf, startCli } from '../support/cli.ts';
import type { CliResult, CliRun } from '../support/cli.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { causesOf } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints, testDataDir } from '../support/stack.ts';
import { startTeamReader, startTeamWriter } from '../support/team-writers.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';

const PARTITIONS = 4;
const ROWS = Number(process.env['READSIDE_REBUILD_ROWS'] ?? 4000);
/** Slow enough to be killed half-way. */
const RATE = ['--rate', String(ROWS / 4)];
/** Rows come and go, and there is time for all else that runs here. */
const WRITE_EVERY_MS = 40;
const WAIT_MS = 120_000;
/** It is to be under a second on a machine that does nothing else. */
const ROLLBACK_MS = 5000;
const FILE = fileURLToPath(new URL('../fixtures/projections/teams.ts', import.meta.url));
const NEXT = fileURLToPath(new URL('../fixtures/projections/teams-next.ts', import.meta.url));

let stream: FixtureStream;
let pipeline: Pipeline;
let readApi: ServiceProcess;

beforeAll(async () => {
  stream = await openFixtureStream({ projection: teams, partitions: PARTITIONS, writeRows });
  pipeline = stream.pipeline;
  const projector = await stream.startProjector();
  readApi = await stream.startReadApi();
  await Promise.all([projector.ready(), readApi.ready()]);
  await pipeline.settled();
}, 300_000);

afterAll(() => stream.close(), 90_000);

describe('a rebuild', () => {
  test('from the changelog applies every change again: equal, tombstones too', async () => {
    const tombstones = { '_sync.phase': 'deleted' } as const;
    const report = await underLoad(async () => {
      await waitFor(
        'somebody to delete a team',
        async () => (await pipeline.documents.countDocuments(tombstones)) > 0,
        { timeoutMs: WAIT_MS },
      );
      return jsonOf(await readside('rebuild', '--json', '--from', 'changelog').done) as RebuildReport;
    });
    expect(report).toMatchObject({ copied: 0, kept: false });
    expect(report.verified).toBeGreaterThanOrEqual(ROWS);
    expect(await pipeline.documents.countDocuments(tombstones)).toBeGreaterThan(0);
  }, 300_000);

  test('that is killed twice goes on with what it has copied: equal, and no reader has met an error or an older document', async () => {
    const last = await underLoad(async () => {
      for (const from of [/[1-9]\d* of \d+/, /going on/]) {
        const killed = readside('rebuild', ...RATE);
        await says(killed, from);
        await sleep(randomInt(0, 1500));
        killed.kill('SIGKILL');
        await killed.done;
      }
      return readside('rebuild', '--json', '--keep-old', '1h', ...RATE).done;
    });
    expect(last).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/going on: .* documents are copied/),
    });
    const report = jsonOf(last) as RebuildReport;
    expect(report).toMatchObject({ kept: true });
    expect(report.resumed).toBeGreaterThan(0);
    expect(report.verified).toBeGreaterThanOrEqual(ROWS);
    expect(await leftovers()).toEqual([]);
    expect(await kept()).toHaveLength(3);
  }, 300_000);

  test('that has kept what it replaced is rolled back: soon, and no reader has seen an older document', async () => {
    const rolled = await underLoad(async () => {
      expect(jsonOf(await readside('rollback', '--dry-run', '--json').done)).toMatchObject({
        version: teams.version,
        from: teams.version,
        milliseconds: null,
      });
      return readside('rollback', '--json').done;
    });
    expect(rolled).toMatchObject({ code: 0 });
    expect((jsonOf(rolled) as RollbackReport).milliseconds).toBeLessThan(ROLLBACK_MS);
    expect(await kept()).toEqual([]);
    const again = await readside('rollback').done;
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing is kept of teams') });
  }, 300_000);

  test('by a new definition is rolled back too: the old projectors have fed the documents, and the new ones stand aside', async () => {
    const { postgresUrl } = stackEndpoints();
    await underLoad(async () => {
      await installSourceViews(postgresUrl, [next]);
      try {
        expect(await readside('rebuild', '--keep-old', '1h', NEXT).done).toMatchObject({ code: 0 });
        expect(await versions()).toEqual([next.version]);
        const rolled = jsonOf(await readside('rollback', '--json', NEXT).done);
        expect(rolled).toMatchObject({ version: teams.version, from: next.version });
        const young = await stream.startProjector('teams-next.ts');
        await waitFor(
          'a projector of the new version to stand aside',
          async () => (await causesOf(young)).includes('projector-rolled-back'),
          { timeoutMs: WAIT_MS },
        );
        await young.stop();
      } finally {
        await installSourceViews(postgresUrl, [teams]);
      }
    });
    expect(await versions()).toEqual([teams.version]);
    expect(await kept()).toEqual([]);
  }, 300_000);

  test('that has kept what it replaced lets go of it when its time is over', async () => {
    expect(await readside('rebuild', '--keep-old', '8s').done).toMatchObject({ code: 0 });
    await waitFor('what was kept to be removed', async () => (await kept()).length === 0, {
      timeoutMs: WAIT_MS,
    });
    expect(await readside('rollback').done).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('nothing is kept of teams'),
    });
    await pipeline.settled();
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
  }, 300_000);

  test.each([300, 600, 900, 1200])(
    'is rolled back once, also when the rollback is killed %d ms after it began to work',
    async (ms) => {
      await underLoad(async () => {
        expect(await readside('rebuild', '--keep-old', '1h').done).toMatchObject({ code: 0 });
        const killed = readside('rollback', '--json');
        // Starting takes it as long as saying what it would do.
        await readside('rollback', '--dry-run').done;
        await sleep(ms);
        killed.kill('SIGKILL');
        const { stdout } = await killed.done;
        if (stdout !== '') return;
        const again = await readside('rollback').done;
        // It may have been killed between its end and its last word.
        expect(`${again.code} ${again.stderr}`).toMatch(/^0 |nothing is kept of teams/);
      });
      // What a projector still saved into the collection that went is removed by whoever lets go of it, or by the next rebuild.
      expect(await readside('rebuild').done).toMatchObject({ code: 0 });
      expect(await kept()).toEqual([]);
    },
    300_000,
  );

  test('from the changelog that is killed goes on where it was', async () => {
    await underLoad(async () => {
      const killed = readside('rebuild', '--from', 'changelog', ...RATE);
      await says(killed, /[1-9]\d* (changes|documents|of \d+)/);
      killed.kill('SIGKILL');
      await killed.done;
      expect(await readside('rebuild', '--from', 'changelog').done).toMatchObject({
        code: 0,
        stderr: expect.stringContaining('going on where it was in the changelog'),
      });
    });
    expect(await leftovers()).toEqual([]);
  }, 300_000);

  test('is no news to a replay, which changes no document and is in the audit', async () => {
    await pipeline.settled();
    const before = await positions();
    const told = jsonOf(await readside('replay', '--from', 'earliest', '--json').done) as ReplayReport;
    expect(told.again).toBeGreaterThan(ROWS);
    await pipeline.settled();
    expect(await positions()).toEqual(before);
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    expect(await readAudit(pipeline.db, teams.name)).toMatchObject([
      { act: 'replay', of: ['0:0', '1:0', '2:0', '3:0'], outcome: { again: told.again } },
    ]);
    const refused = await readside('replay', '--from', '0:99999999').done;
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing after it') });
  }, 300_000);

  test('that is stopped keeps what it has copied, until it is given up', async () => {
    const stopped = readside('rebuild', '--rate', '700');
    await says(stopped, /\d+ of \d+/);
    stopped.kill('SIGINT');
    expect(await stopped.done).toMatchObject({ code: 130, stderr: expect.stringContaining('is kept') });
    expect(await leftovers()).toHaveLength(3);
    const plan = jsonOf(await readside('rebuild', '--dry-run', '--json').done) as { resumed: number };
    expect(plan.resumed).toBeGreaterThan(0);
    const given = await readside('rebuild', '--abort', '--json').done;
    expect(jsonOf(given)).toEqual({ projection: teams.name, removed: plan.resumed });
    expect(await leftovers()).toEqual([]);
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
  }, 200_000);

  test('from a changelog that has lost its begin is refused', async () => {
    await pipeline.settled();
    const partitions = [{ partition: 1, offset: '5' }];
    await pipeline.admin.deleteTopicRecords({ topic: teams.topic, partitions });
    const refused = await readside('rebuild', '--from', 'changelog').done;
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('begins at 5, and not at 0') });
    expect(await leftovers()).toEqual([]);
  }, 200_000);
});

/** On the teams, or on the projection whose path is the last option. */
function readside(verb: string, ...options: readonly string[]): CliRun {
  const file = options.at(-1) === NEXT ? [] : [FILE];
  return startCli([verb, ...file, ...options], testDataDir());
}

async function says(run: CliRun, text: RegExp): Promise<void> {
  let ended: CliResult | undefined;
  void run.done.then((result) => (ended = result));
  await waitFor(
    `the command to say ${String(text)}`,
    () => {
      if (text.test(run.stderr())) return true;
      if (ended) throw new TypeError(`it ended with ${ended.code}: ${ended.stderr}`);
      return false;
    },
    { timeoutMs: WAIT_MS, fatal: (error) => error instanceof TypeError },
  );
}

/** Somebody writes and reads all the while; afterwards no reader has met an error or an older document, and all is as SQL says. */
async function underLoad<T>(work: () => Promise<T>): Promise<T> {
  const stopWriter = startTeamWriter(pipeline.sql, WRITE_EVERY_MS);
  const stopReader = startTeamReader(readApi.url);
  let result: T;
  try {
    result = await work();
  } finally {
    await stopWriter();
    await pipeline.settled();
    const { reads, wrong } = await stopReader();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(0);
  }
  expect((await compareDocuments(pipeline)).wrong).toEqual([]);
  return result;
}

function versions(): Promise<readonly unknown[]> {
  return pipeline.documents.distinct('_sync.projection', { '_sync.phase': 'live' });
}

/** Where each document stands, and when it was saved. */
async function positions(): Promise<readonly unknown[]> {
  return pipeline.documents
    .find({}, { projection: { _sync: 1 } })
    .sort({ _id: 1 })
    .toArray();
}

/** The documents that a rebuild has replaced, with what feeds them. */
async function kept(): Promise<readonly string[]> {
  const { groups } = await pipeline.admin.listGroups();
  const collections = await pipeline.db.listCollections({}, { nameOnly: true }).toArray();
  const record = await readKept(pipeline.db, teams.name);
  return [
    ...groups
      .map(({ groupId }) => groupId)
      .filter((id) => id.includes(`.${teams.name}.`) && id.includes('.kept-')),
    ...collections.map(({ name }) => name).filter((name) => name.startsWith(`${teams.resource}_kept_`)),
    ...(record === null ? [] : [record._id]),
  ];
}

/** What a rebuild works with beside the live documents: its collection, its group, its notes. */
async function leftovers(): Promise<readonly string[]> {
  const { groups } = await pipeline.admin.listGroups();
  const collections = await pipeline.db.listCollections({}, { nameOnly: true }).toArray();
  const notes = await pipeline.records.find({ _id: { $regex: `^${teams.name}:rebuild$` } }).toArray();
  return [
    ...groups.map(({ groupId }) => groupId).filter((id) => id === `${teams.group}.rebuild`),
    ...collections.map(({ name }) => name).filter((name) => name === `${teams.resource}_rebuild`),
    ...notes.map(({ _id }) => _id),
  ];
}

async function writeRows(sql: Pipeline['sql']): Promise<void> {
  await sql.query(
    `insert into teams (id, team_name, budget, settings, founded_at) select n, 'team ' || n, 1.5 * n, '{"big": 12345678901234567890}', now() from generate_series(1, ${ROWS}) n`,
  );
  await sql.query(
    `insert into members (handle, team, rank, fee, joined) select 'm' || n, 1 + n % ${ROWS}, n % 3, n * 1.10, now() from generate_series(1, ${ROWS / 2}) n`,
  );
}
