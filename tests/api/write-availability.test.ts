import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stackEndpoints } from '../support/stack.ts';
import { openLink } from '../support/tcp-link.ts';
import type { TcpLink } from '../support/tcp-link.ts';
import { startWriteApi } from '../support/write-api.ts';
import type { Answer, TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
let link: TcpLink;
beforeAll(async () => {
  const { hostname, port } = new URL(stackEndpoints().postgresUrl);
  link = await openLink(hostname, Number(port));
  api = await startWriteApi({
    size: 2,
    connectTimeoutMs: 300,
    lockTimeoutMs: 100,
    statementTimeoutMs: 400,
    port: link.port,
  });
});
afterAll(async () => {
  await link.restore();
  await api.close();
  await link.cut();
});

const patch = (id: string): Promise<Answer> => api.ask('PATCH', `/users/${id}`, { fullName: 'x' });

function expectUnavailable(answer: Answer, kind: 'busy' | 'unavailable'): void {
  expect([answer.status, answer.body['type']]).toEqual([503, `/problems/${kind}`]);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.headers['content-type']).toContain('application/problem+json');
}

async function untilServed(id: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await patch(id);
    if (answer.status === 200) return;
    if (Date.now() > deadline) throw new Error(`not served again: ${answer.text}`);
  }
}

test('a user that stays locked is 503 after a few tries, and the others are served', async () => {
  const id = await api.newUser();
  const holder = await api.database.admin.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from users where id = $1 for update', [id]);
    const waiting = patch(id);
    expect(await api.newUser()).toEqual(expect.any(String));
    expectUnavailable(await waiting, 'busy');
    await holder.query('rollback');
  } finally {
    holder.release();
  }
  expect((await patch(id)).body['version']).toBe(2);
});

test('when all connections are taken, the next one is told so in time', async () => {
  const ids = [await api.newUser(), await api.newUser(), await api.newUser()];
  const holder = await api.database.admin.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from users where id = any($1) for update', [ids]);
    const answers = await Promise.all([...ids, ...ids, ...ids].map(patch));
    for (const { status } of answers) expect(status).toBe(503);
    await holder.query('rollback');
  } finally {
    holder.release();
  }
  expect((await Promise.all(ids.map(patch))).map(({ status }) => status)).toEqual([200, 200, 200]);
});

test('Postgres gone: 503 and unready; Postgres back: served again', async () => {
  const id = await api.newUser();
  await link.cut();
  expectUnavailable(await patch(id), 'unavailable');
  const unready = await api.ask('GET', '/readyz');
  expect([unready.status, unready.body['status']]).toEqual([503, 'unready']);
  expect((await api.ask('GET', '/livez')).status).toBe(200);
  await link.restore();
  await untilServed(id);
  expect((await api.ask('GET', '/readyz')).body).toEqual({ status: 'ready', checks: { postgres: 'ok' } });
});

test('Postgres silent: 503 after the timeouts, not never', async () => {
  const id = await api.newUser();
  link.stall();
  const since = Date.now();
  expectUnavailable(await patch(id), 'unavailable');
  expect(Date.now() - since).toBeLessThan(8000);
  await link.restore();
  await untilServed(id);
});

test('connections ended by Postgres, idle and at work: 503 at most, then served again', async () => {
  const id = await api.newUser();
  const holder = await api.database.admin.connect();
  try {
    await holder.query('begin');
    await holder.query('select 1 from users where id = $1 for update', [id]);
    const waiting = patch(id);
    const ended = await holder.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'readside-write-api'`,
    );
    expect(ended.rowCount).toBeGreaterThan(0);
    await holder.query('rollback');
    expect([200, 503]).toContain((await waiting).status);
  } finally {
    holder.release();
  }
  await untilServed(id);
});

test('a database without the tables is not ready', async () => {
  await api.database.admin.query('alter table preferences rename to elsewhere');
  try {
    const answer = await api.ask('GET', '/readyz');
    expect(answer.body['checks']).toEqual({ postgres: 'the migrations have not run' });
  } finally {
    await api.database.admin.query('alter table elsewhere rename to preferences');
  }
});
