import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { CHANGED_AT, addressOf, idOf, profileOf, startReadApi, until } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi();
});
afterAll(() => api.close());

test('a document is served whole, with its fields in the order they were declared', async () => {
  const appliedAt = new Date('2026-11-23T18:00:00.140Z');
  const content = profileOf({
    addresses: [addressOf()],
    preferences: { theme: 'dark', deep: { a: [1, null] } },
  });
  await api.plant(idOf(1), content, { offset: 1042, lsn: 0x1_016b_3748, appliedAt });
  const { status, headers, text, freshness } = await api.ask(`/profiles/${idOf(1)}`);
  expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  expect(text).toBe(JSON.stringify({ id: idOf(1), ...content }));
  expect(headers['cache-control']).toBe('private, no-cache');
  expect(headers['vary']).toBe('Authorization, Consistency-Token, Prefer');
  expect(freshness).toEqual({
    strategy: 'eventual',
    version: '7',
    position: '"3:1042"',
    lsn: '"1/16B3748"',
    'changed-at': `"${CHANGED_AT}"`,
    'applied-at': '"2026-11-23T18:00:00.140Z"',
  });
});

test('the entity tag is the version and a hash of the body', async () => {
  await api.plant(idOf(2), profileOf({ version: 12 }));
  const { headers, text } = await api.ask(`/profiles/${idOf(2)}`);
  const hash = createHash('sha256').update(text).digest('hex').slice(0, 16);
  expect(headers['etag']).toBe(`"12-${hash}"`);
});

test('a change without a new version has another entity tag', async () => {
  await api.plant(idOf(3), profileOf());
  const before = await api.ask(`/profiles/${idOf(3)}`);
  await api.plant(idOf(3), profileOf({ bio: 'changed by psql' }));
  const after = await api.ask(`/profiles/${idOf(3)}`, { 'if-none-match': before.headers['etag'] ?? '' });
  expect(after.status).toBe(200);
  expect(after.headers['etag']).not.toBe(before.headers['etag']);
});

test.each<[string, (etag: string) => string, number]>([
  ['the tag', (etag) => etag, 304],
  ['the tag, weakened by a proxy', (etag) => `W/${etag}`, 304],
  ['a list with the tag', (etag) => `"a,b", W/"x" ,${etag}`, 304],
  ['*', () => '*', 304],
  ['another tag', () => '"7-0000000000000000"', 200],
  ['the tag without its quotes', (etag) => etag.slice(1, -1), 200],
])('If-None-Match with %s', async (_, toHeader, expected) => {
  await api.plant(idOf(4), profileOf());
  const { headers } = await api.ask(`/profiles/${idOf(4)}`);
  const etag = headers['etag'] ?? '';
  const again = await api.ask(`/profiles/${idOf(4)}`, { 'if-none-match': toHeader(etag) });
  expect([again.status, again.text === '']).toEqual([expected, expected === 304]);
  expect(again.headers['etag']).toBe(etag);
  expect(again.freshness).toMatchObject({ strategy: 'eventual', version: '7', position: '"3:1"' });
});

test('HEAD answers what GET would, without the body', async () => {
  await api.plant(idOf(5), profileOf());
  const get = await api.ask(`/profiles/${idOf(5)}`);
  const head = await api.ask(`/profiles/${idOf(5)}`, {}, 'HEAD');
  expect([head.status, head.text]).toEqual([200, '']);
  for (const name of ['etag', 'freshness', 'content-length', 'content-type'])
    expect(head.headers[name]).toBe(get.headers[name]);
  expect((await api.ask(`/profiles/${idOf(999)}`, {}, 'HEAD')).status).toBe(404);
});

test('numbers keep every digit, and any key is a key', async () => {
  const text =
    '{"long":12345678901234567890,"huge":1e400,"digits":1234567890123456789012345678901234567890.5,' +
    '"small":0.1,"__proto__":{"polluted":true},"constructor":1,"":"","emoji 𝒵":"\\u0000"}';
  await api.plant(idOf(6), profileOf({ preferences: { exact: parseLossless(text) } }));
  const { text: served } = await api.ask(`/profiles/${idOf(6)}`);
  const exact = served.slice(served.indexOf('"exact":') + '"exact":'.length, -2);
  expect(exact.replace('1E+400', '1e400')).toBe(text);
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test.each(['pending', 'deleted'] as const)('a %s document is not found', async (phase) => {
  await api.plant(idOf(7), phase === 'deleted' ? {} : { addresses: [], preferences: { a: 1 } }, { phase });
  const { status, headers, body, freshness } = await api.ask(`/profiles/${idOf(7)}`);
  expect([status, body['type'], body['status']]).toEqual([404, '/problems/no-such-profile', 404]);
  expect(headers['content-type']).toContain('application/problem+json');
  expect(headers['cache-control']).toBe('private, no-cache');
  // The same as if it never was: a tombstone says nothing.
  expect(freshness).toEqual({ strategy: 'eventual' });
  expect((await api.ask(`/profiles/${idOf(7)}/version`)).status).toBe(404);
});

test('an id that does not exist is not found', async () => {
  const { status, body, freshness } = await api.ask(`/profiles/${idOf(404)}`);
  expect([status, body['title']]).toEqual([404, 'No such profile']);
  expect(freshness).toEqual({ strategy: 'eventual' });
});

test.each(['1', 'urn:uuid:01936d5e-0000-7000-8000-000000000001', `${idOf(1)}0`, '%00', `{${idOf(1)}}`])(
  'an id that is no uuid is malformed: %s',
  async (id) => {
    for (const path of [`/profiles/${id}`, `/profiles/${id}/version`]) {
      const { status, body } = await api.ask(path);
      expect(status).toBe(400);
      expect(body['errors']).toEqual([{ pointer: 'params/id', detail: expect.any(String) }]);
    }
  },
);

test('an id is the same in upper case', async () => {
  await api.plant(idOf(0xabc), profileOf());
  const { status, body } = await api.ask(`/profiles/${idOf(0xabc).toUpperCase()}`);
  expect([status, body['id']]).toEqual([200, idOf(0xabc)]);
  const version = await api.ask(`/profiles/${idOf(0xabc).toUpperCase()}/version`);
  expect(version.body).toEqual({ id: idOf(0xabc), version: 7 });
});

test('the version alone, with its own entity tag and all that is known of its freshness', async () => {
  await api.plant(idOf(8), profileOf({ version: 41 }));
  const { text, headers, freshness } = await api.ask(`/profiles/${idOf(8)}/version`);
  expect(text).toBe(`{"id":"${idOf(8)}","version":41}`);
  expect(headers['etag']).toMatch(/^"41-[0-9a-f]{16}"$/);
  expect(freshness).toMatchObject({ version: '41', position: '"3:1"' });
  const again = await api.ask(`/profiles/${idOf(8)}/version`, { 'if-none-match': headers['etag'] ?? '' });
  expect(again.status).toBe(304);
});

test.each([
  [`/profiles/${idOf(1)}?fields=email`, 'querystring/fields'],
  [`/profiles/${idOf(1)}?consistency=strong`, 'querystring/consistency'],
  [`/profiles/${idOf(1)}/version?limit=1`, 'querystring/limit'],
])('what is not known is refused: %s', async (path, pointer) => {
  const { status, body } = await api.ask(path);
  expect(status).toBe(400);
  expect(body['errors']).toEqual([expect.objectContaining({ pointer })]);
});

test('other routes and methods are not found, as problems', async () => {
  expect(await api.ask('/users')).toMatchObject({ status: 404, body: { type: '/problems/no-such-route' } });
  expect(await api.ask(`/profiles/${idOf(1)}`, {}, 'POST')).toMatchObject({
    status: 405,
    headers: { allow: 'GET, HEAD' },
    body: { type: '/problems/method-not-allowed' },
  });
});

test('reads at once are answered each with its own document', async () => {
  const numbers = Array.from({ length: 450 }, (_, i) => 1000 + i);
  await Promise.all(
    numbers.map((n) => api.plant(idOf(n), profileOf({ version: n, email: `u${n}@example.com` }))),
  );
  const asked = [...numbers, ...numbers, 5000, 5001];
  const answers = await Promise.all(
    asked.map(async (n, i) => {
      const answer = await api.ask(
        i % 3 === 0 ? `/profiles?email=U${n}@example.com` : `/profiles/${idOf(n)}`,
      );
      return answer.status === 404 ? 404 : [answer.body['id'], answer.body['version']];
    }),
  );
  expect(answers).toEqual(asked.map((n) => (n >= 5000 ? 404 : [idOf(n), n])));
});

test('as-of is what the projector has proven, once it has', async () => {
  const asOf = new Date('2026-11-23T18:00:01.500Z');
  await api.plant(idOf(9), profileOf());
  await api.freshnessRecords.replaceOne(
    { _id: 'profile:freshness' },
    { asOf, measuredAt: asOf },
    { upsert: true },
  );
  const answer = await until(
    'as-of is told',
    () => api.ask(`/profiles/${idOf(9)}`),
    ({ freshness }) => 'as-of' in freshness,
  );
  expect(answer.freshness['as-of']).toBe('"2026-11-23T18:00:01.500Z"');
  expect((await api.ask(`/profiles/${idOf(404)}`)).freshness['as-of']).toBe('"2026-11-23T18:00:01.500Z"');
  expect((await api.ask('/profiles')).freshness).toEqual({
    strategy: 'eventual',
    'as-of': '"2026-11-23T18:00:01.500Z"',
  });
  await api.freshnessRecords.deleteMany({});
});
