/**
 * A projection unlike the profile, in a file of its own, runs through the same engine: tables, view, topics, connector, projector and read
 * API come from the definition, and nothing else is changed for it.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import teams from '../fixtures/projections/teams.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';

describe('teams, with members and labels', () => {
  let stream: FixtureStream;
  let pipeline: Pipeline;
  let readApiUrl = '';

  beforeAll(async () => {
    stream = await openFixtureStream({ projection: teams, partitions: 4 });
    pipeline = stream.pipeline;
    const [projector, readApi] = await Promise.all([stream.startProjector(), stream.startReadApi()]);
    await Promise.all([projector.ready(), readApi.ready()]);
    readApiUrl = readApi.url;
    await writeRows(pipeline);
    await pipeline.settled();
  }, 120_000);

  afterAll(() => stream.close(), 90_000);

  test('inserted, changed, moved and deleted rows give the documents that SQL computes', async () => {
    const documents = await compareDocuments(pipeline);
    expect(documents).toEqual({ compared: 35, wrong: [] });
    const gone = Array.from({ length: 5 }, (_, n) => String(36 + n));
    expect(await compareServed(pipeline, readApiUrl, gone)).toEqual({ compared: 40, wrong: [] });
  });

  test('its read API has its own look-ups, filters, version and source', async () => {
    const team = await json('/teams/1');
    expect(team).toMatchObject({ id: 1, name: 'team 1', revision: 1, labels: { blue: 'red1', 'a.b': null } });
    expect(await json('/teams?name=team%201')).toEqual(team);
    expect(await json('/teams/1?consistency=source')).toEqual(team);
    expect(await json('/teams/1/version')).toEqual({ id: 1, version: 1 });
    expect(await json('/teams?handle=m5')).toMatchObject({ items: [{ id: 1 }] });
    expect((await fetch(`${readApiUrl}/profiles/1`)).status).toBe(404);
  });

  async function json(path: string): Promise<unknown> {
    const response = await fetch(`${readApiUrl}${path}`);
    return response.json();
  }
});

/** Rows of each table inserted in bulk, then changed, moved, renamed and deleted. */
async function writeRows({ sql }: Pipeline): Promise<void> {
  await sql.query(
    "insert into teams (id, team_name, budget, settings, founded_at) select n, 'team ' || n, 12345678901234567890.5 * n, '{\"big\": 12345678901234567890}', timestamptz '2026-01-01' + n * interval '1 microsecond' from generate_series(1, 40) n",
  );
  await sql.query(
    "insert into members (handle, team, rank, fee, joined) select 'm' || n, 1 + n % 40, n % 3, n * 1.10, now() from generate_series(1, 120) n",
  );
  await sql.query(
    "insert into team_labels (of_team, label, meaning) select n, l, l || n from generate_series(1, 40) n, unnest(array['red', '__proto__', 'a.b']) l",
  );
  await sql.query("update members set team = 1 where handle in ('m5', 'm6', 'm7')");
  await sql.query("update team_labels set label = 'blue' where label = 'red' and of_team <= 20");
  await sql.query('update members set rank = 9 - rank, active = false where team = 1');
  await sql.query("update team_labels set meaning = null where label = 'a.b'");
  await sql.query('delete from teams where id > 35');
}
