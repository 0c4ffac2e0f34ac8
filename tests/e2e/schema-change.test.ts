/** The source's schema changes under a live stream: what is added is tolerated; what the projection needs and loses holds it, before a document is damaged. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { openQuarantine } from '../../services/shared/open-quarantine.ts';
import { waitFor } from '../../stack/wait.ts';
import teams from '../fixtures/projections/teams.ts';
import { compareDocuments } from '../support/oracle.ts';
import type { Pipeline } from '../support/pipeline.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openFixtureStream } from '../support/fixture-stream.ts';
import type { FixtureStream } from '../support/fixture-stream.ts';

const WAIT = { timeoutMs: 60_000, intervalMs: 100 };

let stream: FixtureStream;
let pipeline: Pipeline;
let projector: ServiceProcess;

beforeAll(async () => {
  stream = await openFixtureStream({ projection: teams, partitions: 2 });
  pipeline = stream.pipeline;
}, 120_000);

afterAll(() => stream.close(), 90_000);

async function addTeam(id: number, budget = 'budget'): Promise<void> {
  await pipeline.sql.query(
    `insert into teams (id, team_name, ${budget}, founded_at) values ($1, 'team', 1.5, now())`,
    [id],
  );
}

/** What /readyz says once the schema is the first cause. A connector that has just begun does not read its slot yet, which is told before it. */
function untilMismatch(): Promise<string> {
  return waitFor(
    'the schema to be told',
    async () => {
      const response = await fetch(`${projector.url}/readyz`);
      const { health } = (await response.json()) as {
        health: { text: string; causes: ReadonlyArray<{ code: string }> };
      };
      return response.status === 503 && health.causes[0]?.code === 'schema-mismatch' && health.text;
    },
    WAIT,
  );
}

test('a projector does not begin while a needed column is missing, says so, and goes on by itself once it is there', async () => {
  await stream.asOwner('alter table teams rename column team_name to called');
  projector = await stream.startProjector();
  const text = await untilMismatch();
  expect(text).toMatch(/teams\.team_name is not in Postgres.*: readside check teams$/);
  expect((await fetch(`${projector.url}/livez`)).status).toBe(200);
  await stream.asOwner('alter table teams rename column called to team_name');
  await projector.ready();
  await addTeam(1);
  await pipeline.settled();
  expect(await compareDocuments(pipeline)).toEqual({ compared: 1, wrong: [] });
}, 180_000);

test('an added column is tolerated', async () => {
  await stream.asOwner("alter table teams add column motto text not null default 'x'");
  await addTeam(2);
  await pipeline.sql.query('update teams set revision = 2 where id = 1');
  await pipeline.settled();
  expect(await compareDocuments(pipeline)).toEqual({ compared: 2, wrong: [] });
}, 90_000);

test('Postgres refuses to drop a needed column, for the source view reads it', async () => {
  await expect(stream.asOwner('alter table teams drop column budget')).rejects.toThrow(/depend on it/);
});

test('a column that is dropped all the same holds the partition: the message names it, and no document is touched', async () => {
  const before = await pipeline.documents.find().sort({ _id: 1 }).toArray();
  await stream.asOwner('alter table teams drop column budget cascade');
  await pipeline.sql.query('update teams set revision = 9');
  const text = await untilMismatch();
  expect(text).toMatch(
    /teams\.budget is missing from the changes since offset \d+ of partition \d.*: readside check teams$/,
  );
  expect((await fetch(`${projector.url}/livez`)).status).toBe(200);
  expect(await pipeline.documents.find().sort({ _id: 1 }).toArray()).toEqual(before);
}, 90_000);

test('once the column is there again the partition goes on by itself, and what was changed without it says so', async () => {
  await stream.asOwner('alter table teams add column budget numeric not null default 1.5');
  await installSourceViews(stackEndpoints().postgresUrl, [teams]);
  await addTeam(3);
  await waitFor('the stream to go on', () => pipeline.documents.findOne({ _id: '3' }), WAIT);
  await pipeline.settled();
  expect(await openQuarantine(pipeline.db, teams)).toEqual({ documents: 2, unkeyed: 0 });
}, 90_000);

test('a projector with quarantined documents still stops when it is asked', async () => {
  expect((await projector.stop()).code).toBe(0);
}, 60_000);
