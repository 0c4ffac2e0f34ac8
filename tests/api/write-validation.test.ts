import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { Answer, TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
let id: string;
beforeAll(async () => {
  api = await startWriteApi();
  id = await api.newUser();
});
afterAll(() => api.close());

const pointers = (answer: Answer): readonly unknown[] =>
  (Array.isArray(answer.body['errors']) ? answer.body['errors'] : []).map((error) => error.pointer);
const nested = (depth: number): string => `{"value":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const patch = (body: unknown): Promise<Answer> => api.ask('PATCH', `/users/${id}`, body);

describe('what does not fit the schema is 400, with a pointer', () => {
  test.each([
    [
      'email',
      ['', 'x', 'a b@example.com', ' a@example.com', 'a@example.com ', 'a@b', 'a@b@example.com', null, 7],
    ],
    ['email', [`${'x'.repeat(65)}@example.com`, `a@${'x'.repeat(320)}.com`, 'a\u0000@example.com']],
    ['fullName', ['', '   ', 'x'.repeat(201), null, 1]],
    ['displayName', ['', 'x'.repeat(101), {}]],
    ['phone', ['', 'abc', '+', '12', '1'.repeat(40), 33]],
    ['avatarUrl', ['x', 'ftp://example.com/a', 'javascript:alert(1)', 'https://', 'https://a b', true]],
    ['bio', ['x'.repeat(10_001), []]],
    ['locale', ['', 'x', 'fr_FR', 'fr-', 'french language', 1]],
    ['status', ['', 'deleted', null]],
  ])('%s', async (field, values) => {
    for (const value of values) {
      const answer = await patch({ [field]: value });
      expect([value, answer.status, pointers(answer)]).toEqual([
        value,
        400,
        expect.arrayContaining([`/${field}`]),
      ]);
    }
  });

  test.each([
    ['email', ['ada+x@example.co.uk', 'ÀÉ@exämple.org', "o'neil@example.com"]],
    ['fullName', ['Ж', 'x'.repeat(200), '😀'.repeat(200)]],
    ['phone', [null, '+33123456789', '(01) 23.45-67 89'.slice(1).replace(')', ''), '112233']],
    ['avatarUrl', [null, 'http://example.com/a?b=c#d', 'HTTPS://EXAMPLE.COM']],
    ['bio', [null, '', 'x'.repeat(10_000)]],
    ['locale', [null, 'fr', 'zh-Hant-TW', 'de-1996']],
    ['status', ['closed', 'suspended', 'active']],
  ])('%s takes what is sane', async (field, values) => {
    for (const value of values) {
      const answer = await patch({ [field]: value });
      expect([value, answer.status, answer.text]).toEqual([value, 200, expect.any(String)]);
    }
  });

  test('unknown and read-only fields', async () => {
    for (const field of ['nope', 'id', 'version', 'createdAt', 'updatedAt', 'full_name', '__proto__']) {
      const answer = await patch(`{"fullName":"x","${field}":1}`);
      expect([field, answer.status]).toEqual([field, 400]);
      expect(pointers(answer)).toContain(`/${field}`);
    }
  });

  test('addresses', async () => {
    const ask = (body: object): Promise<Answer> => api.ask('POST', `/users/${id}/addresses`, body);
    expect(pointers(await ask({}))).toEqual(['/label', '/line1', '/city', '/country']);
    for (const country of ['fr', 'FRA', '', 'F1', null]) {
      expect(pointers(await ask({ ...ADDRESS, country }))).toContain('/country');
    }
    for (const more of [{ isPrimary: 'true' }, { isPrimary: null }, { label: '' }, { id }, { city: ' ' }]) {
      const [field] = Object.keys(more);
      expect(new Set(pointers(await ask({ ...ADDRESS, ...more })))).toEqual(new Set([`/${field}`]));
    }
    const many = { email: 'm@example.com', fullName: 'x', addresses: Array(101).fill(ADDRESS) };
    expect(pointers(await api.ask('POST', '/users', many))).toEqual(['/addresses']);
  });

  test('ids', async () => {
    for (const bad of ['x', '1', `urn:uuid:${id}`, `${id}0`, '%00']) {
      const answer = await api.ask('PATCH', `/users/${bad}`, { fullName: 'x' });
      expect([bad, answer.status, pointers(answer)[0]]).toEqual([bad, 400, 'params/id']);
    }
    expect(pointers(await api.ask('DELETE', `/users/${id}/addresses/x`))).toEqual(['params/addressId']);
  });

  test('preferences', async () => {
    const user = { email: 'p@example.com', fullName: 'x' };
    const tooMany = Object.fromEntries(Array.from({ length: 501 }, (_, i) => [i, i]));
    for (const preferences of [
      [],
      null,
      'x',
      { '': 1 },
      { 'a\u0001': 1 },
      { ['x'.repeat(129)]: 1 },
      tooMany,
    ]) {
      expect(pointers(await api.ask('POST', '/users', { ...user, preferences }))).toContain('/preferences');
    }
    // kept by its text, it is an object to the validator
    const number = await api.ask(
      'POST',
      '/users',
      '{"email":"p@example.com","fullName":"x","preferences":1.10}',
    );
    expect([number.status, pointers(number)]).toEqual([400, ['/preferences']]);
    expect((await patch('1.10')).status).toBe(400);
  });
});

describe('what cannot be stored is 422, with a pointer', () => {
  test('a NUL and half a surrogate pair, in a text, a value, a key', async () => {
    const user = { email: 'nul@example.com', fullName: 'x' };
    const full = await api.ask('POST', '/users', {
      ...user,
      bio: 'a\u0000b',
      displayName: 'x\ud800',
      addresses: [{ ...ADDRESS, line1: '\udc00' }],
      preferences: { 'a/b': { '~': ['ok', '\u0000'] }, deep: { 'k\u0000': 1 } },
    });
    expect(full).toMatchObject({ status: 422, body: { type: '/problems/unstorable-value' } });
    expect(pointers(full)).toEqual([
      '/bio',
      '/displayName',
      '/addresses/0/line1',
      '/preferences/a~1b/~0/1',
      '/preferences/deep',
    ]);
    const value = await api.ask('PUT', `/users/${id}/preferences/a`, '{"value":"\\ud800"}');
    expect([value.status, pointers(value)]).toEqual([422, ['/value']]);
    const key = await api.ask('PATCH', `/users/${id}/preferences`, '{"\\ud800":1}');
    expect(key.status).toBe(422);
  });

  test('a nesting deeper than MongoDB takes', async () => {
    expect((await api.ask('PUT', `/users/${id}/preferences/a`, nested(63))).status).toBe(200);
    expect((await api.ask('PUT', `/users/${id}/preferences/a`, nested(64))).status).toBe(422);
    expect((await api.ask('PUT', `/users/${id}/preferences/a`, nested(400_000))).status).toBe(422);
    const withFraction = `{"value":${'['.repeat(400_000)}1.5${']'.repeat(400_000)}}`;
    expect((await api.ask('PUT', `/users/${id}/preferences/a`, withFraction)).status).toBe(400);
  });
});

describe('what is no request', () => {
  test('malformed JSON and malformed UTF-8 are 400', async () => {
    for (const body of ['{', '{"a":1,}', "{'a':1}", 'nope', '{"a":01}', '{"a":1.}', '\u0000', '{"a":"\n"}']) {
      const answer = await patch(body);
      expect([body, answer.status, answer.body['type']]).toEqual([body, 400, '/problems/malformed-json']);
    }
    const latin1 = Buffer.from('{"fullName":"\u00e9"}', 'latin1');
    expect((await patch(latin1)).body['type']).toBe('/problems/malformed-json');
    expect((await patch('')).status).toBe(400);
    expect((await api.ask('PATCH', `/users/${id}`)).status).toBe(400);
  });

  test('other media types are 415, too large a body is 413', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
      const answer = await api.ask('POST', '/users', '{}', { 'content-type': type });
      expect([type, answer.status]).toEqual([type, 415]);
      expect(answer.headers['content-type']).toContain('application/problem+json');
    }
    const large = await api.ask('PUT', `/users/${id}/preferences/a`, { value: 'x'.repeat(1_100_000) });
    expect(large.status).toBe(413);
  });

  test('a malformed URL, too long a parameter and an unknown route are problems too', async () => {
    for (const [path, status] of [
      ['/users/%ff', 400],
      [`/users/${id}/preferences/${'x'.repeat(600)}`, 414],
      ['/nope', 404],
    ] as const) {
      const answer = await api.ask('DELETE', path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers['content-type']).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ status, type: expect.any(String), instance: expect.any(String) });
    }
  });
});

test('no body whatever makes a 5xx', async () => {
  const field = fc.oneof(
    fc.constantFrom('email', 'fullName', 'bio', 'phone', 'avatarUrl', 'locale', 'addresses', 'preferences'),
    fc.string({ unit: 'binary' }),
  );
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue(), fc.constant([ADDRESS]));
  const body = fc.tuple(fc.dictionary(field, value), fc.option(fc.uuid())).map(([given, valid]) => ({
    ...given,
    ...(valid === null ? {} : { email: `${valid}@example.com`, fullName: 'x' }),
  }));
  const routes = [
    ['POST', '/users'],
    ['PATCH', `/users/${id}`],
    ['PUT', `/users/${id}/profile`],
    ['PATCH', `/users/${id}/preferences`],
    ['PUT', `/users/${id}/preferences/x`],
  ] as const;
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.oneof(body, fc.jsonValue()),
      async ([method, path], sent) => {
        const answer = await api.ask(method, path, JSON.stringify(sent));
        expect(answer.status).toBeLessThan(500);
      },
    ),
    { numRuns: 300 },
  );
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (sent) => {
      const answer = await api.ask('PUT', `/users/${id}/preferences/x`, JSON.stringify({ value: sent }));
      expect(answer.status).toBeLessThan(500);
    }),
    { numRuns: 200 },
  );
});
