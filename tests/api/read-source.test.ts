import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { pino } from 'pino';
import profile from '../../projections/profile.ts';
import { createSourcePool } from '../../services/read-api/readers/source-pool.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { idOf, startReadApi, until } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openLink } from '../support/tcp-link.ts';
import type { TcpLink } from '../support/tcp-link.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const logger = pino({ level: 'silent' });
let database: TestDatabase;
let link: TcpLink;
let pool: Pool;
let api: TestReadApi;
beforeAll(async () => {
  database = await createTestDatabase();
  await installSourceViews(database.adminUrl, [profile]);
  const { hostname, port } = new URL(stackEndpoints().postgresUrl);
  link = await openLink(hostname, Number(port));
  const url = new URL(database.urlOf('reader'));
  url.port = String(link.port);
  pool = createSourcePool({ connectionString: url.href, size: 2, timeoutMs: 1000 }, logger);
  api = await startReadApi({ source: pool });
  await database.admin.query(
    `insert into users (id, email, full_name, version, created_at, updated_at)
     values ($1, 'Ada@Example.com', 'Ada Lovelace', 7, '2026-11-23T18:00:00.123456Z', '2026-11-23T18:00:01Z')`,
    [idOf(1)],
  );
  await database.admin.query(
    `insert into preferences (user_id, key, value) values ($1, 'exact', $2), ($1, '__proto__', '{"a": 1}')`,
    [idOf(1), '[12345678901234567890, 1.0, 1234567890123456789012345678901234567890.5]'],
  );
});
afterAll(async () => {
  await link.restore();
  await api.close();
  await pool.end();
  await link.cut();
  await database.drop();
});

const SOURCE = 'consistency=source';

test('the source is read by id, by a lookup and for the version, without any document', async () => {
  const byId = await api.ask(`/profiles/${idOf(1).toUpperCase()}?${SOURCE}`);
  expect([byId.status, byId.body['id'], byId.body['version']]).toEqual([200, idOf(1), 7]);
  expect(byId.body['createdAt']).toBe('2026-11-23T18:00:00.123456Z');
  expect(byId.freshness).toEqual({ strategy: 'source', stale: '?0', version: '7' });
  expect(byId.headers['etag']).toMatch(/^"7-[0-9a-f]{16}"$/);
  expect((await api.ask(`/profiles?email=ADA@example.COM&${SOURCE}`)).text).toBe(byId.text);
  expect((await api.ask(`/profiles/${idOf(1)}/version?${SOURCE}`)).text).toBe(
    `{"id":"${idOf(1)}","version":7}`,
  );
  expect((await api.ask(`/profiles/${idOf(1)}`)).status).toBe(404);
});

test('its text is passed on: every digit and every key', async () => {
  const { text } = await api.ask(`/profiles/${idOf(1)}?${SOURCE}`);
  expect(text).toContain('[12345678901234567890, 1.0, 1234567890123456789012345678901234567890.5]');
  expect(text).toContain('"__proto__" : {"a": 1}');
});

test('it is the document that the projector makes of the same rows', async () => {
  const { text } = await api.ask(`/profiles/${idOf(1)}?${SOURCE}`);
  await api.plant(idOf(1), contentOf(parseLossless(text)));
  const served = await api.ask(`/profiles/${idOf(1)}`);
  expect(parseLossless(served.text)).toEqual(parseLossless(text));
  await api.documents.deleteMany({});
});

/** Without the key, which documents hold as their id. */
function contentOf(document: unknown): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(Object(document)).filter(([name]) => name !== 'id'));
}

test('If-None-Match and HEAD hold for the source', async () => {
  const path = `/profiles/${idOf(1)}?${SOURCE}`;
  const { headers } = await api.ask(path);
  const again = await api.ask(path, { 'if-none-match': headers['etag'] ?? '' });
  expect([again.status, again.freshness['strategy']]).toEqual([304, 'source']);
  const head = await api.ask(path, {}, 'HEAD');
  expect([head.status, head.text, head.headers['etag']]).toEqual([200, '', headers['etag']]);
});

test.each([
  `/profiles/${idOf(2)}?${SOURCE}`,
  `/profiles/${idOf(2)}/version?${SOURCE}`,
  `/profiles?email=nobody@example.com&${SOURCE}`,
  `/profiles?email=%00&${SOURCE}`,
])('what the tables do not have is not found: %s', async (path) => {
  const { status, freshness } = await api.ask(path);
  expect([status, freshness]).toEqual([404, { strategy: 'source', stale: '?0' }]);
});

test('a token is reached by the source without a wait', async () => {
  const token = encodeToken({ id: idOf(1), revision: 7, deleted: false });
  const { freshness, headers } = await api.ask(`/profiles/${idOf(1)}?${SOURCE}`, {
    'consistency-token': token,
    prefer: 'wait=5',
  });
  expect([freshness['stale'], headers['preference-applied']]).toEqual(['?0', undefined]);
});

test.each([`/profiles?${SOURCE}`, `/profiles?country=FR&${SOURCE}`])(
  'lists are refused: %s',
  async (path) => {
    const { status, body } = await api.ask(path);
    expect([status, body['type']]).toEqual([400, '/problems/not-supported-by-source']);
    expect(body['errors']).toEqual([expect.objectContaining({ pointer: 'querystring/consistency' })]);
  },
);

test('a lookup uses the index that the table has for it', async () => {
  const { rows } = await database.admin
    .query<{ 'QUERY PLAN': string }>(
      `set enable_seqscan = off;
     explain select document::text from ${profile.sourceView.name}
     where lower(${profile.sourceView.lookupColumns['email']}) = lower('ada@example.com'::text)`,
    )
    .then((results) => (Array.isArray(results) ? results[1] : results));
  const plan = rows.map((row: Record<string, string>) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('users_email_unique');
});

test('the role can read the views, and nothing behind them, nor write', async () => {
  await expect(pool.query('select 1 from public.users')).rejects.toThrow('permission denied');
  await expect(pool.query(`update users set bio = ''`)).rejects.toThrow('read-only transaction');
  await expect(pool.query('create table t ()')).rejects.toThrow('read-only transaction');
});

test('when Postgres is away the source is 503, the documents are served, and it comes back by itself', async () => {
  const path = `/profiles/${idOf(1)}?${SOURCE}`;
  const expectUnavailable = async (): Promise<void> => {
    const { status, headers, body } = await api.ask(path);
    expect([status, body['type'], headers['retry-after']]).toEqual([
      503,
      '/problems/source-unavailable',
      '1',
    ]);
    expect(headers['content-type']).toContain('application/problem+json');
    expect((await api.ask('/profiles')).status).toBe(200);
  };
  await link.cut();
  await expectUnavailable();
  const ready = await api.ask('/readyz');
  expect([ready.status, ready.body['checks']]).toEqual([
    200,
    { documents: 'ok', source: expect.stringContaining('ECONNREFUSED') },
  ]);
  await link.restore();
  await until(
    'it is back',
    () => api.ask(path),
    ({ status }) => status === 200,
  );
  link.stall();
  await expectUnavailable();
  await link.restore();
  await until(
    'it is back',
    () => api.ask(path),
    ({ status }) => status === 200,
  );
  expect((await api.ask('/readyz')).body['checks']).toEqual({ documents: 'ok', source: 'ok' });
});

test('a view that is not there is 503 too', async () => {
  const empty = await createTestDatabase();
  const emptyPool = createSourcePool(
    { connectionString: empty.urlOf('reader'), size: 1, timeoutMs: 1000 },
    logger,
  );
  const without = await startReadApi({ source: emptyPool });
  try {
    expect((await without.ask(`/profiles/${idOf(1)}?${SOURCE}`)).status).toBe(503);
    expect((await without.ask('/readyz')).body['checks']).toMatchObject({
      source: expect.stringContaining('does not exist'),
    });
    await installSourceViews(empty.adminUrl, [profile]);
    expect((await without.ask(`/profiles/${idOf(1)}?${SOURCE}`)).status).toBe(404);
  } finally {
    await without.close();
    await emptyPool.end();
    await empty.drop();
  }
});

test('where no source is configured, asking it is 503', async () => {
  const without = await startReadApi();
  try {
    const { status, body } = await without.ask(`/profiles/${idOf(1)}?${SOURCE}`);
    expect([status, body['type']]).toEqual([503, '/problems/source-not-configured']);
    expect((await without.ask('/readyz')).body).toEqual({ status: 'ready', checks: { documents: 'ok' } });
  } finally {
    await without.close();
  }
});
