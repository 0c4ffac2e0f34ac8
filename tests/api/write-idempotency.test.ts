import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Pool } from 'pg';
import { expireKeys } from '../../services/write-api/database/expire-keys.ts';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { Answer, TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

const SAME = ['etag', 'location', 'consistency-token', 'content-type'] as const;
const essence = (answer: Answer): unknown => ({
  status: answer.status,
  text: answer.text,
  headers: SAME.map((name) => answer.headers[name]),
});
const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });

const createUser = (key: string): Promise<Answer> =>
  api.ask(
    'POST',
    '/users',
    { email: `${encodeURIComponent(key).slice(0, 60)}@example.com`, fullName: 'x' },
    keyed(key),
  );

test('the first answer again, and nothing done twice, by every command', async () => {
  const id = await api.newUser({ addresses: [ADDRESS], preferences: { a: 1 } });
  const [row] = await api.rows('select id from addresses where user_id = $1', id);
  const commands = [
    ['POST', '/users', { email: 'once@example.com', fullName: 'x' }],
    ['POST', `/users/${id}/addresses`, ADDRESS],
    ['PATCH', `/users/${id}`, { fullName: 'x' }],
    ['PUT', `/users/${id}/preferences/b`, { value: 2 }],
    ['PATCH', `/users/${id}/preferences`, { b: null }],
    ['DELETE', `/users/${id}/preferences/a`, undefined],
    ['PUT', `/users/${id}/addresses/${String(row?.['id'])}`, ADDRESS],
    ['DELETE', `/users/${id}/addresses/${String(row?.['id'])}`, undefined],
    [
      'PUT',
      `/users/${id}/profile`,
      { email: 'p@example.com', fullName: 'x', addresses: [], preferences: {} },
    ],
    ['DELETE', `/users/${id}`, undefined],
  ] as const;
  for (const [index, [method, path, body]] of commands.entries()) {
    const headers = keyed(`each-${index}`);
    const first = await api.ask(method, path, body, headers);
    expect([path, first.status < 300]).toEqual([path, true]);
    const second = await api.ask(method, path, body, headers);
    expect(essence(second)).toEqual(essence(first));
  }
  expect(await api.rows("select 1 from users where email = 'once@example.com'")).toHaveLength(1);
});

test('white space in the body makes no difference, If-Match of the first time neither', async () => {
  const id = await api.newUser();
  const headers = { ...keyed('spaces'), 'if-match': '"1"' };
  const first = await api.ask('PATCH', `/users/${id}`, '{"fullName":"x"}', headers);
  const second = await api.ask('PATCH', `/users/${id}`, ' { "fullName" : "x" } ', headers);
  expect(first.status).toBe(200);
  expect(essence(second)).toEqual(essence(first));
});

test('another body or another route with the key is 422', async () => {
  const id = await api.newUser();
  expect((await api.ask('PUT', `/users/${id}/preferences/a`, '{"value":1.1}', keyed('reused'))).status).toBe(
    200,
  );
  for (const [method, path, body] of [
    ['PUT', `/users/${id}/preferences/a`, '{"value":1.10}'],
    ['PUT', `/users/${id}/preferences/b`, '{"value":1.1}'],
    ['DELETE', `/users/${id}/preferences/a`, undefined],
  ] as const) {
    const answer = await api.ask(method, path, body, keyed('reused'));
    expect(answer).toMatchObject({ status: 422, body: { type: '/problems/idempotency-key-reused' } });
  }
  expect(await api.rows('select version from users where id = $1', id)).toEqual([{ version: '2' }]);
});

test('a refused command does not use up its key', async () => {
  const id = await api.newUser({ email: 'in-the-way@example.com' });
  const body = { email: 'in-the-way@example.com', fullName: 'x' };
  expect((await api.ask('POST', '/users', body, keyed('refused'))).status).toBe(409);
  await api.ask('DELETE', `/users/${id}`);
  expect((await api.ask('POST', '/users', body, keyed('refused'))).status).toBe(201);
});

test('many at once with one key: one is carried out, all get its answer', async () => {
  const body = { email: 'crowd@example.com', fullName: 'x', addresses: [ADDRESS] };
  const answers = await Promise.all(
    Array.from({ length: 25 }, () => api.ask('POST', '/users', body, keyed('crowd'))),
  );
  const [first] = answers;
  expect(first?.status).toBe(201);
  for (const answer of answers) expect(essence(answer)).toEqual(first && essence(first));
  const rows = await api.rows(
    'select u.version from users u join addresses a on a.user_id = u.id where email = $1',
    body.email,
  );
  expect(rows).toEqual([{ version: '1' }]);
});

test('a key is 1 to 255 printable ASCII characters', async () => {
  expect((await createUser('k'.repeat(255))).status).toBe(201);
  expect((await createUser('!#~ 9 "')).status).toBe(201);
  for (const key of ['', 'k'.repeat(256), 'schlüssel', 'tab\there'])
    expect((await createUser(key)).status).toBe(400);
});

test('old keys are forgotten, young ones are not', async () => {
  await createUser('old');
  await createUser('young');
  await api.database.admin.query(
    "update readside.idempotency_keys set created_at = now() - interval '25 hours' where key = 'old'",
  );
  const pool = new Pool({ connectionString: api.database.urlOf('writer'), max: 1 });
  try {
    expect(await expireKeys(pool, 24)).toBe(1);
    expect(await expireKeys(pool, 24)).toBe(0);
  } finally {
    await pool.end();
  }
  expect((await createUser('young')).status).toBe(201);
  expect((await createUser('old')).status).toBe(409);
});
