import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { IF_MATCH_PATTERN, parseIfMatch } from '../../services/write-api/http/if-match.ts';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

describe('parseIfMatch', () => {
  test.each([
    [undefined, undefined],
    ['*', undefined],
    ['"7"', [7]],
    ['W/"7"', [7]],
    ['"7-abcdef"', [7]],
    ['"6", W/"7-a,b" ,"8"', [6, 7, 8]],
    ['"x7", "7x", "-7", ""', []],
    ['"99999999999999999999"', []],
  ])('%p means %p', (header, versions) => {
    expect(header ?? '*').toMatch(new RegExp(IF_MATCH_PATTERN, 'u'));
    expect(parseIfMatch(header)).toEqual(versions);
  });

  test.each(['', '7', '"7', '7"', '"7" "8"', '"7",', ',"7"', 'w/"7"', '*, "7"', '"a"b"'])(
    '%p is malformed',
    (header) => {
      expect(header).not.toMatch(new RegExp(IF_MATCH_PATTERN, 'u'));
    },
  );
});

test('every command that changes a user minds If-Match', async () => {
  const id = await api.newUser({ addresses: [ADDRESS], preferences: { a: 1 } });
  const [row] = await api.rows('select id from addresses where user_id = $1', id);
  const profile = { email: 'if@example.com', fullName: 'x', addresses: [], preferences: {} };
  const commands = [
    ['PATCH', `/users/${id}`, { fullName: 'x' }],
    ['PUT', `/users/${id}/preferences/a`, { value: 2 }],
    ['PATCH', `/users/${id}/preferences`, { b: 2 }],
    ['DELETE', `/users/${id}/preferences/a`, undefined],
    ['POST', `/users/${id}/addresses`, ADDRESS],
    ['PUT', `/users/${id}/addresses/${String(row?.['id'])}`, ADDRESS],
    ['DELETE', `/users/${id}/addresses/${String(row?.['id'])}`, undefined],
    ['PUT', `/users/${id}/profile`, profile],
    ['DELETE', `/users/${id}`, undefined],
  ] as const;
  let version = 1;
  for (const [method, path, body] of commands) {
    const stale = await api.ask(method, path, body, { 'if-match': `"${version + 1}"` });
    expect([path, stale.status, stale.body['type']]).toEqual([path, 412, '/problems/version-mismatch']);
    expect(stale.headers['etag']).toBe(`"${version}"`);
    expect((await api.ask(method, path, body, { 'if-match': 'nonsense' })).status).toBe(400);
    const fresh = await api.ask(method, path, body, { 'if-match': `"0", W/"${version}-0a1b2c"` });
    expect([path, fresh.status < 300, fresh.body['version']]).toEqual([path, true, version + 1]);
    version++;
  }
});

test('an unknown user is 404, also with If-Match', async () => {
  const path = '/users/01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
  expect((await api.ask('PATCH', path, { fullName: 'x' }, { 'if-match': '"1"' })).status).toBe(404);
  expect((await api.ask('PATCH', path, { fullName: 'x' }, { 'if-match': '*' })).status).toBe(404);
});

test('of two that start from one version, one wins', async () => {
  const id = await api.newUser();
  const answers = await Promise.all(
    ['a', 'b', 'c', 'd'].map((fullName) =>
      api.ask('PATCH', `/users/${id}`, { fullName }, { 'if-match': '"1"' }),
    ),
  );
  expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '412', '412', '412']);
});
