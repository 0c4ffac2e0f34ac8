/**
 * A rebuild as a person runs it, under writers and readers: killed at any moment it goes on with what it has copied, stopped it can be
 * given up. On a stream of this test's own, with its own projector and read API.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { RebuildReport } from '../../cli/rebuild/rebuild.ts';
import { waitFor } from '../../stack/wait.ts';
import teams from '../fixtures/projections/teams.ts';
import { jsonOf, startCli } from '../support/cli.ts';
import type { CliResult, CliRun } from '../support/cli.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { testDataDir } from '../support/stack.ts';
import { startTeamReader, startTeamWriter } from '../support/team-writers.ts';
import { openTeamsStream } from '../support/teams-stream.ts';
import type { TeamsStream } from '../support/teams-stream.ts';

const PARTITIONS = 4;
const ROWS = 4000;
/** Slow enough to be killed half-way. */
const RATE = ['--rate', '1500'];
const WAIT_MS = 60_000;
const FILE = fileURLToPath(new URL('../fixtures/projections/teams.ts', import.meta.url));

let stream: TeamsStream;
let pipeline: Pipeline;
let readApi: ServiceProcess;

beforeAll(async () => {
  stream = await openTeamsStream(PARTITIONS, writeRows);
  pipeline = stream.pipeline;
  const projector = await stream.startProjector();
  readApi = await stream.startReadApi();
  await Promise.all([projector.ready(), readApi.ready()]);
  await pipeline.settled();
}, 240_000);

afterAll(() => stream.close(), 90_000);

describe('a rebuild', () => {
  test('that is killed twice goes on with what it has copied: equal, and no reader has met an error or an older document', async () => {
    const stopWriter = startTeamWriter(pipeline.sql);
    const stopReader = startTeamReader(readApi.url);
    let last: CliResult;
    try {
      for (const from of [/copying/, /going on[^]*copying/]) {
        const killed = readside('rebuild', ...RATE);
        await says(killed, from);
        await sleep(randomInt(200, 2000));
        killed.kill('SIGKILL');
        await killed.done;
      }
      last = await readside('rebuild', '--json', ...RATE).done;
    } finally {
      await stopWriter();
    }
    expect(last).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/going on: .* documents are copied/),
    });
    const report = jsonOf(last) as RebuildReport;
    expect(report.resumed).toBeGreaterThan(0);
    expect(report.verified).toBeGreaterThanOrEqual(ROWS);
    await pipeline.settled();
    const { reads, wrong } = await stopReader();
    expect(wrong).toEqual([]);
    expect(reads).toBeGreaterThan(0);
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    expect(await leftovers()).toEqual([]);
  }, 300_000);

  test('that is stopped keeps what it has copied, until it is given up', async () => {
    const stopped = readside('rebuild', '--rate', '500');
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
  }, 120_000);
});

function readside(verb: string, ...options: readonly string[]): CliRun {
  return startCli([verb, FILE, ...options], testDataDir());
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
