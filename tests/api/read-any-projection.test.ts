/** The read API knows no table and no field: what it serves is the definition's alone. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import { createReadApi } from '../../services/read-api/app.ts';
import { createMongoClient } from '../../services/read-api/readers/mongo-client.ts';
import { createSourcePool } from '../../services/read-api/readers/source-pool.ts';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { list, table } from '../../services/shared/projection/definition.ts';
import { json, nullable, text, uuid } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { idOf, startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const teams = defineProjection((await import('../fixtures/projections/teams.ts')).default.definition);
let database: TestDatabase;
let pool: Pool;
let api: TestReadApi;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.admin.query(TABLES);
  await installSourceViews(database.adminUrl, [teams]);
  pool = createSourcePool(
    { connectionString: database.urlOf('reader'), size: 2, timeoutMs: 5000 },
    pino({ level: 'silent' }),
  );
  api = await startReadApi({ projection: teams, source: pool });
});
afterAll(async () => {
  await api.close();
  await pool.end();
  await database.drop();
});

const TABLES = `
  create table teams (id integer primary key, team_name text not null, budget numeric not null,
    revision integer not null default 1, settings json, founded_at timestamptz not null);
  create table members (handle text primary key, team integer not null references teams, rank integer not null,
    fee numeric(12, 2), active boolean not null default true, joined timestamptz not null);
  create table team_labels (of_team integer not null references teams, label text, meaning text,
    primary key (of_team, label));
  alter table teams owner to readside_owner;
  alter table members owner to readside_owner;
  alter table team_labels owner to readside_owner;`;

const member = (handle: string, rank: number): object => ({
  handle,
  rank,
  fee: '1.50',
  active: true,
  joinedAt: '2026-01-01T00:00:00.000000Z',
});
const team = (fields: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  name: 'Red',
  budget: '1234567890123456789012345678901234567890.10',
  revision: 3,
  settings: null,
  foundedAt: '2026-02-03T04:05:06.700000Z',
  members: [member('ann', 1), member('bob', 2)],
  labels: { sport: 'chess' },
  ...fields,
});

const ids = ({ body }: ReadAnswer): unknown =>
  Array.isArray(body['items']) ? body['items'].map(({ id }: { id: unknown }) => id) : body;

test('integer ids are numbers in documents and one spelling in paths', async () => {
  await api.plant('42', team());
  await api.plant('-7', team({ name: 'Blue' }));
  const { text: served, headers } = await api.ask('/teams/42');
  expect(served).toBe(JSON.stringify({ id: 42, ...team() }));
  expect(headers['etag']).toMatch(/^"3-/);
  expect((await api.ask('/teams/-7/version')).text).toBe('{"id":-7,"version":3}');
  for (const id of ['042', '+42', '4.2', '-0', '1e3', 'x', '99999999999999999999'])
    expect((await api.ask(`/teams/${id}`)).status).toBe(400);
  expect((await api.ask('/teams/9223372036854775807')).status).toBe(404);
  expect((await api.ask('/teams/9223372036854775807?consistency=source')).status).toBe(404);
});

test('a lookup that minds the case', async () => {
  await api.plant('42', team());
  expect((await api.ask('/teams?name=Red')).body['id']).toBe(42);
  expect((await api.ask('/teams?name=red')).status).toBe(404);
});

test('filters of other types than text', async () => {
  await api.documents.deleteMany({});
  await api.plant('42', team());
  await api.plant('43', team({ members: [member('ann', 2)], foundedAt: '2026-02-03T04:05:06.000000Z' }));
  expect(ids(await api.ask('/teams?rank=2'))).toEqual([42, 43]);
  expect(ids(await api.ask('/teams?rank=2&handle=ann'))).toEqual([43]);
  expect(ids(await api.ask('/teams?founded=2026-02-03T04:05:06Z'))).toEqual([43]);
  expect(ids(await api.ask('/teams?founded=2026-02-03T04:05:06.7Z&rank=1'))).toEqual([42]);
  for (const query of ['rank=two', 'rank=1.5', 'founded=yesterday'])
    expect((await api.ask(`/teams?${query}`)).status).toBe(400);
});

test('what belongs to another projection is not known here', async () => {
  expect((await api.ask('/profiles')).status).toBe(404);
  expect((await api.ask('/teams?email=a@example.com')).status).toBe(400);
  expect((await api.ask('/teams/1')).body['type']).toBe('/problems/no-such-teams');
});

test('the source gives the same document by id, lookup and version', async () => {
  await database.admin.query(
    `insert into teams values (42, 'Red', 1234567890123456789012345678901234567890.10, 3, '{ "a" :  1e400 }',
       '2026-02-03T04:05:06.7Z');
     insert into members values ('bob', 42, 2, 1.5, true, '2026-01-01Z'), ('ann', 42, 1, 1.5, true, '2026-01-01Z');
     insert into team_labels values (42, 'sport', 'chess')`,
  );
  await api.plant('42', team({ settings: parseLossless('{"a":1e400}') }));
  const { text: served } = await api.ask('/teams/42');
  const { text: source, freshness } = await api.ask('/teams/42?consistency=source');
  expect(String(parseLossless(source))).toEqual(String(parseLossless(served)));
  expect(source).toContain('{ "a" :  1e400 }');
  expect(freshness).toEqual({ strategy: 'source', stale: '?0', version: '3' });
  expect((await api.ask('/teams?name=Red&consistency=source')).text).toBe(source);
  expect((await api.ask('/teams?name=red&consistency=source')).status).toBe(404);
  expect((await api.ask('/teams/42/version?consistency=source')).text).toBe('{"id":42,"version":3}');
});

const plain = table('things', { key: 'id', fields: { id: uuid, name: text, extra: nullable(json) } });

test('without a revision there is no version, no token, and a tag that is only the hash', async () => {
  const things = defineProjection({
    name: 'things',
    version: 1,
    stream: 's',
    resource: 'things',
    root: plain,
  });
  const other = await startReadApi({ projection: things });
  try {
    await other.plant(idOf(1), { name: 'x', extra: null });
    const { headers, freshness, text: served } = await other.ask(`/things/${idOf(1)}`);
    expect(headers['etag']).toMatch(/^"[0-9a-f]{16}"$/);
    expect(freshness).not.toHaveProperty('version');
    expect(served).toBe(`{"id":"${idOf(1)}","name":"x","extra":null}`);
    expect((await other.ask(`/things/${idOf(1)}/version`)).body['type']).toBe('/problems/no-such-route');
    const token = encodeToken({ id: idOf(1), revision: 1, deleted: false });
    expect((await other.ask('/things', { 'consistency-token': token })).status).toBe(400);
  } finally {
    await other.close();
  }
});

test.each<[string, Parameters<typeof defineProjection>[0]]>([
  ['limit has two meanings', definition({ lookups: { limit: { field: 'name' } } })],
  [
    'name has two meanings',
    definition({ lookups: { name: { field: 'name' } }, filters: { name: 'parts.name' } }),
  ],
  ['extra cannot be a parameter', definition({ filters: { extra: 'extra' } })],
])('a definition whose parameters cannot be served is refused at the start: %s', async (why, given) => {
  const mongo = createMongoClient({ url: 'mongodb://127.0.0.1:9/x', poolSize: 1, timeoutMs: 100 });
  await expect(
    createReadApi({
      projections: [defineProjection(given)],
      mongo,
      source: null,
      logger: pino({ level: 'silent' }),
      version: '0',
      protection: UNPROTECTED,
      mongoTimeoutMs: 100,
      maxWaitSeconds: 1,
      maxWaiters: 1,
      maxStreams: 1,
      maxStreamsPerSubject: 1,
      cacheMaxBytes: 0,
      cacheMaxAgeMs: 500,
    }),
  ).rejects.toThrow(why);
  await mongo.close();
});

function definition(
  more: Partial<Parameters<typeof defineProjection>[0]>,
): Parameters<typeof defineProjection>[0] {
  const parts = list('parts', { parent: 'thing_id', key: 'name', orderBy: ['name'], fields: { name: text } });
  return {
    name: 'things',
    version: 1,
    stream: 's',
    resource: 'things',
    root: plain,
    embed: { parts },
    ...more,
  };
}
