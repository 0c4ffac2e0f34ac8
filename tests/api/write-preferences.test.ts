import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const UNKNOWN = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

/** key → value as Postgres prints it */
async function preferencesOf(id: string): Promise<Map<string, string>> {
  const rows = await api.rows('select key, value::text from preferences where user_id = $1', id);
  return new Map(rows.map((row) => [String(row['key']), String(row['value'])]));
}

describe('PATCH /users/{id}/preferences', () => {
  test('adds, replaces, removes by null, and leaves the rest', async () => {
    const id = await api.newUser({ preferences: { a: 1, b: 2, c: 3 } });
    const answer = await api.ask('PATCH', `/users/${id}/preferences`, { b: 'two', c: null, d: [null] });
    expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
    expect(await preferencesOf(id)).toEqual(
      new Map([
        ['a', '1'],
        ['b', '"two"'],
        ['d', '[null]'],
      ]),
    );
  });

  test('merges nested objects as RFC 7396 says', async () => {
    const id = await api.newUser({
      preferences: { n: { email: true, sms: { at: 9, from: 1 } }, scalar: 7, list: [1] },
    });
    await api.ask('PATCH', `/users/${id}/preferences`, {
      n: { email: null, sms: { at: 10 }, push: { x: null, y: 1 } },
      scalar: { a: null, b: 1 },
      list: [null],
    });
    const after = await preferencesOf(id);
    expect(JSON.parse(after.get('n') ?? '')).toEqual({ sms: { at: 10, from: 1 }, push: { y: 1 } });
    expect(JSON.parse(after.get('scalar') ?? '')).toEqual({ b: 1 });
    expect(after.get('list')).toBe('[null]');
  });

  test('takes application/merge-patch+json, and the removal of what is not there', async () => {
    const id = await api.newUser();
    const headers = { 'content-type': 'application/merge-patch+json' };
    const answer = await api.ask('PATCH', `/users/${id}/preferences`, { gone: null }, headers);
    expect(answer).toMatchObject({ status: 200, body: { version: 2 } });
  });

  test('refuses an empty patch, a patch that is no object, an unknown user', async () => {
    const id = await api.newUser();
    for (const body of [{}, [], '"x"', 'null', '12345678901234567890']) {
      expect((await api.ask('PATCH', `/users/${id}/preferences`, body)).status).toBe(400);
    }
    expect((await api.ask('PATCH', `/users/${UNKNOWN}/preferences`, { a: 1 })).status).toBe(404);
  });
});

describe('PUT and DELETE /users/{id}/preferences/{key}', () => {
  test('sets a value, null included, and deletes it', async () => {
    const id = await api.newUser();
    const path = `/users/${id}/preferences/theme`;
    expect(await api.ask('PUT', path, { value: { dark: true } })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await api.ask('PUT', path, { value: null })).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await preferencesOf(id)).toEqual(new Map([['theme', 'null']]));
    expect(await api.ask('DELETE', path)).toMatchObject({ status: 200, body: { version: 4 } });
    expect(await api.ask('DELETE', path)).toMatchObject({
      status: 404,
      body: { type: '/problems/no-such-preference' },
    });
    expect((await api.ask('PUT', `/users/${UNKNOWN}/preferences/a`, { value: 1 })).status).toBe(404);
    expect((await api.ask('DELETE', `/users/${UNKNOWN}/preferences/a`)).status).toBe(404);
  });

  test('takes any characters in a key but control characters', async () => {
    const id = await api.newUser();
    const keys = [
      'a/b',
      'ключ',
      'with space',
      '%',
      'a.b',
      '$x',
      '__proto__',
      'constructor',
      '😀'.repeat(128),
    ];
    for (const key of keys) {
      const answer = await api.ask('PUT', `/users/${id}/preferences/${encodeURIComponent(key)}`, {
        value: 1,
      });
      expect([key, answer.status]).toEqual([key, 200]);
    }
    expect([...(await preferencesOf(id)).keys()].toSorted()).toEqual(keys.toSorted());
    for (const key of ['a\u0000b', 'a\nb', '\u0085', 'x'.repeat(129)]) {
      const answer = await api.ask('PUT', `/users/${id}/preferences/${encodeURIComponent(key)}`, {
        value: 1,
      });
      expect([key, answer.status]).toEqual([key, 400]);
    }
  });

  test('needs a value and nothing else', async () => {
    const id = await api.newUser();
    for (const body of [{}, { value: 1, more: 2 }, [], 'null']) {
      expect((await api.ask('PUT', `/users/${id}/preferences/a`, body)).status).toBe(400);
    }
  });
});

describe('values', () => {
  test.each([
    ['12345678901234567890', '12345678901234567890'],
    ['1.10', '1.10'],
    ['-0.000', '0.000'],
    ['1e400', `1${'0'.repeat(400)}`],
    ['123456789.123456789123456789', '123456789.123456789123456789'],
    ['{"a":[1.0,{"b":2e-30}]}', '{"a": [1.0, {"b": 0.000000000000000000000000000002}]}'],
    ['{"__proto__":{"x":1},"constructor":1}', '{"__proto__": {"x": 1}, "constructor": 1}'],
    ['{"__proto__":1.50}', '{"__proto__": 1.50}'],
    ['{"a":1,"a":2.0}', '{"a": 2.0}'],
    ['{"isLosslessNumber":true,"value":"1","n":1.0}', '{"n": 1.0, "value": "1", "isLosslessNumber": true}'],
  ])('%s keeps its value by every route', async (sent, stored) => {
    const id = await api.newUser();
    const body = `{"email":"v-${id}@example.com","fullName":"x","addresses":[],"preferences":{"byProfile":${sent}}}`;
    const created = await api.ask('POST', '/users', body.replace('"addresses":[],', '').replace('v-', 'w-'));
    expect(created.status).toBe(201);
    expect((await preferencesOf(String(created.body['id']))).get('byProfile')).toBe(stored);
    expect((await api.ask('PUT', `/users/${id}/profile`, body)).status).toBe(200);
    expect((await api.ask('PUT', `/users/${id}/preferences/byPut`, `{"value":${sent}}`)).status).toBe(200);
    expect((await api.ask('PATCH', `/users/${id}/preferences`, `{"byPatch":${sent}}`)).status).toBe(200);
    expect(await preferencesOf(id)).toEqual(
      new Map([
        ['byProfile', stored],
        ['byPut', stored],
        ['byPatch', stored],
      ]),
    );
  });

  test('a merge keeps the numbers that it does not touch', async () => {
    const id = await api.newUser();
    await api.ask('PUT', `/users/${id}/preferences/n`, '{"value":{"big":12345678901234567890,"f":1.10}}');
    await api.ask('PATCH', `/users/${id}/preferences`, { n: { added: true } });
    expect((await preferencesOf(id)).get('n')).toBe(
      '{"f": 1.10, "big": 12345678901234567890, "added": true}',
    );
  });

  test('1.10 after 1.1 is a change', async () => {
    const id = await api.newUser({ preferences: { n: 1.1 } });
    await api.ask('PUT', `/users/${id}/preferences/n`, '{"value":1.10}');
    expect((await preferencesOf(id)).get('n')).toBe('1.10');
  });

  test('numbers beyond jsonb are refused', async () => {
    const id = await api.newUser();
    for (const number of ['1e200000', '1e-20000', '1e99999999999999999999', '-1E+200000']) {
      const answer = await api.ask('PUT', `/users/${id}/preferences/n`, `{"value":${number}}`);
      expect(answer).toMatchObject({ status: 422, body: { type: '/problems/unstorable-value' } });
    }
  });

  test('a value, all values together, and their number have limits', async () => {
    const id = await api.newUser({
      preferences: Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`k${i}`, i])),
    });
    const refused = { status: 422, body: { type: '/problems/limit-exceeded' } };
    expect(await api.ask('PUT', `/users/${id}/preferences/k500`, { value: 1 })).toMatchObject(refused);
    expect((await api.ask('PUT', `/users/${id}/preferences/k499`, { value: 'new' })).status).toBe(200);
    const long = 'x'.repeat(65_000);
    expect((await api.ask('PUT', `/users/${id}/preferences/k0`, { value: long })).status).toBe(200);
    expect(await api.ask('PUT', `/users/${id}/preferences/k0`, { value: `${long}${long}` })).toMatchObject(
      refused,
    );
    // what is printed counts: 9 bytes here, 100 kB there
    expect(await api.ask('PUT', `/users/${id}/preferences/k1`, '{"value":1e100000}')).toMatchObject(refused);
    let last = 200;
    for (let i = 1; i <= 40 && last === 200; i++) {
      last = (await api.ask('PUT', `/users/${id}/preferences/k${i}`, { value: long })).status;
    }
    expect(last).toBe(422);
  });
});
