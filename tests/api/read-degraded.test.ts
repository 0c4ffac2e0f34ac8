/** A document in quarantine is served as it last was, and every answer that holds it says so. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addressOf, idOf, profileOf, startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi();
  const content = (email: string) => profileOf({ email, addresses: [addressOf()] });
  await api.plant(idOf(1), content('bad@example.com'));
  await api.plant(idOf(2), content('good@example.com'));
});
afterAll(() => api.close());

const quarantine = {
  since: new Date(),
  first: { partition: 3, offset: 1 },
  changes: 2,
  error: 'the change is not JSON',
};
const mark = (): Promise<unknown> =>
  api.documents.updateOne({ _id: idOf(1) }, { $set: { '_sync.quarantine': quarantine } });
const unmark = (): Promise<unknown> =>
  api.documents.updateOne({ _id: idOf(1) }, { $unset: { '_sync.quarantine': 1 } });
const degradedOf = ({ freshness }: ReadAnswer): string | undefined => freshness['degraded'];

test.each([
  ['by its id', `/profiles/${idOf(1)}`],
  ['its version', `/profiles/${idOf(1)}/version`],
  ['by a lookup', '/profiles?email=bad@example.com'],
  ['in a page', '/profiles?country=FR'],
])('read %s: the same body, degraded, under another validator', async (_, url) => {
  await unmark();
  const before = await api.ask(url);
  await mark();
  const degraded = await api.ask(url, { 'if-none-match': before.headers['etag'] ?? '' });
  await unmark();
  const after = await api.ask(url, { 'if-none-match': degraded.headers['etag'] ?? '' });

  expect([degradedOf(before), degradedOf(degraded), degradedOf(after)]).toEqual([undefined, '?1', undefined]);
  expect([before.status, degraded.status, after.status]).toEqual([200, 200, 200]);
  expect(degraded.text).toBe(before.text);
  expect(after.headers['etag']).toBe(before.headers['etag']);
});

test('304 says it too', async () => {
  await mark();
  const first = await api.ask(`/profiles/${idOf(1)}`);
  const again = await api.ask(`/profiles/${idOf(1)}`, { 'if-none-match': first.headers['etag'] ?? '' });
  expect([again.status, degradedOf(again)]).toEqual([304, '?1']);
});

test('a page without it, and another document, say nothing', async () => {
  await mark();
  expect(degradedOf(await api.ask(`/profiles/${idOf(2)}`))).toBeUndefined();
  expect(degradedOf(await api.ask('/profiles?country=DE'))).toBeUndefined();
});
