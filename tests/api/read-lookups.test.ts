import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { idOf, profileOf, startReadApi } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi();
});
afterAll(() => api.close());

const byEmail = (email: string): ReturnType<TestReadApi['ask']> =>
  api.ask(`/profiles?email=${encodeURIComponent(email)}`);

test('a lookup finds the one document, as its id would', async () => {
  await api.plant(idOf(1), profileOf({ email: 'Ada+list@Example.com' }));
  const found = await byEmail('Ada+list@Example.com');
  const byId = await api.ask(`/profiles/${idOf(1)}`);
  expect([found.status, found.text]).toEqual([200, byId.text]);
  expect(found.headers['etag']).toBe(byId.headers['etag']);
  expect(found.freshness).toEqual(byId.freshness);
});

test.each(['CASE@EXAMPLE.COM', 'case@example.com', 'CaSe@eXample.com'])(
  'case is ignored: %s',
  async (email) => {
    await api.plant(idOf(2), profileOf({ email: 'Case@Example.Com' }));
    const { body } = await byEmail(email);
    expect([body['id'], body['email']]).toEqual([idOf(2), 'Case@Example.Com']);
  },
);

test('letters outside of ASCII fold too', async () => {
  await api.plant(idOf(3), profileOf({ email: 'ÉMILE@exämple.com' }));
  expect((await byEmail('émile@EXÄMPLE.com')).body['id']).toBe(idOf(3));
});

test.each(['nobody@example.com', '', 'ada', '.*', '$ne', '\u0000'])(
  'what nobody has is not found: %j',
  async (email) => {
    const { status, body, freshness } = await byEmail(email);
    expect([status, body['type'], freshness]).toEqual([
      404,
      '/problems/no-such-profile',
      { strategy: 'eventual' },
    ]);
  },
);

test('while a value moves from one document to another, the one changed last has it', async () => {
  await api.plant(idOf(4), profileOf({ email: 'moves@example.com' }), { lsn: 2 ** 33 + 200 });
  await api.plant(idOf(5), profileOf({ email: 'Moves@example.com' }), { lsn: 2 ** 33 + 300 });
  await api.plant(idOf(6), profileOf({ email: 'moves@example.com' }), { lsn: null });
  expect((await byEmail('moves@example.com')).body['id']).toBe(idOf(5));
  await api.plant(idOf(4), profileOf({ email: 'moves@example.com' }), { lsn: 2 ** 33 + 400 });
  expect((await byEmail('moves@example.com')).body['id']).toBe(idOf(4));
});

test('what is not live does not have its value', async () => {
  await api.plant(idOf(7), profileOf({ email: 'gone@example.com' }));
  await api.plant(idOf(7), {}, { phase: 'deleted', lsn: 500 });
  expect((await byEmail('gone@example.com')).status).toBe(404);
  await api.plant(idOf(8), profileOf({ email: 'gone@example.com' }), { lsn: 10 });
  expect((await byEmail('gone@example.com')).body['id']).toBe(idOf(8));
});

test.each([
  ['email=a@example.com&country=FR', ['country']],
  ['email=a@example.com&limit=5&cursor=x', ['limit', 'cursor']],
])('a lookup is not combined: %s', async (query, parameters) => {
  const { status, body } = await api.ask(`/profiles?${query}`);
  expect(status).toBe(400);
  expect(body['errors']).toEqual(
    parameters.map((name) => ({ pointer: `querystring/${name}`, detail: 'cannot be combined with email' })),
  );
});

test('a lookup has one value', async () => {
  const { status, body } = await api.ask('/profiles?email=a@example.com&email=b@example.com');
  expect([status, body['errors']]).toEqual([
    400,
    [{ pointer: 'querystring/email', detail: 'must be string' }],
  ]);
});

test('If-None-Match holds for lookups', async () => {
  await api.plant(idOf(9), profileOf({ email: 'held@example.com' }));
  const { headers } = await byEmail('held@example.com');
  const again = await api.ask('/profiles?email=held@example.com', { 'if-none-match': headers['etag'] ?? '' });
  expect([again.status, again.freshness['version']]).toEqual([304, '7']);
});
