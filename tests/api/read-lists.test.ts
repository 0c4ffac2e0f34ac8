import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { addressOf, idOf, profileOf, startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi();
});
beforeEach(async () => {
  await api.documents.deleteMany({});
});
afterAll(() => api.close());

const ids = ({ body }: ReadAnswer): readonly unknown[] =>
  Array.isArray(body['items']) ? body['items'].map(({ id }: { id: unknown }) => id) : [];

function next({ headers }: ReadAnswer): string | null {
  const match = /^<(\/profiles\?[^>]+)>; rel="next"$/.exec(headers['link'] ?? '');
  return match?.[1] ?? null;
}

/** All pages; `between` runs after each of them. */
async function walk(
  first: string,
  between?: (page: number) => Promise<void>,
): Promise<(readonly unknown[])[]> {
  const pages: (readonly unknown[])[] = [];
  for (let path: string | null = first; path !== null;) {
    const answer = await api.ask(path);
    expect(answer.status).toBe(200);
    pages.push(ids(answer));
    await between?.(pages.length);
    path = next(answer);
  }
  return pages;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const plantAll = (numbers: readonly number[], fields: (n: number) => Readonly<Record<string, unknown>>) =>
  Promise.all(
    numbers.map((n) => api.plant(idOf(n), profileOf({ email: `u${n}@example.com`, ...fields(n) }))),
  );

test('without a filter all live documents are listed, 20 a page, in the order of their ids', async () => {
  await plantAll(range(1, 45), () => ({}));
  await api.plant(idOf(46), { addresses: [] }, { phase: 'pending' });
  await api.plant(idOf(7), {}, { phase: 'deleted' });
  const pages = await walk('/profiles');
  expect(pages.map(({ length }) => length)).toEqual([20, 20, 4]);
  expect(pages.flat()).toEqual(
    range(1, 45)
      .filter((n) => n !== 7)
      .map(idOf),
  );
});

test('items are whole documents, and the list has a tag of its own', async () => {
  await plantAll([1, 2], () => ({}));
  const list = await api.ask('/profiles');
  const one = await api.ask(`/profiles/${idOf(1)}`);
  const two = await api.ask(`/profiles/${idOf(2)}`);
  expect(list.text).toBe(`{"items":[${one.text},${two.text}]}`);
  expect(list.headers['etag']).toMatch(/^"[0-9a-f]{16}"$/);
  expect(list.freshness).toEqual({ strategy: 'eventual' });
  expect(list.headers['link']).toBeUndefined();
});

test('a page that is held already is 304 and still names the next one', async () => {
  await plantAll([1, 2, 3], () => ({}));
  const list = await api.ask('/profiles?limit=2');
  const again = await api.ask('/profiles?limit=2', { 'if-none-match': list.headers['etag'] ?? '' });
  expect([again.status, again.text, again.headers['link']]).toEqual([304, '', list.headers['link']]);
});

test('no documents are an empty list', async () => {
  const answer = await api.ask('/profiles?country=XX');
  expect([answer.status, answer.text, next(answer)]).toEqual([200, '{"items":[]}', null]);
});

test('the last page names no next one, however full it is', async () => {
  await plantAll(range(1, 4), () => ({}));
  expect((await walk('/profiles?limit=2')).map(({ length }) => length)).toEqual([2, 2]);
});

test('filters on one list must hold for one and the same element', async () => {
  await plantAll([1], () => ({
    addresses: [addressOf({ country: 'FR', city: 'Paris' }), addressOf({ country: 'DE', city: 'Berlin' })],
  }));
  await plantAll([2], () => ({ addresses: [addressOf({ country: 'FR', city: 'Berlin' })] }));
  expect(ids(await api.ask('/profiles?country=FR'))).toEqual([idOf(1), idOf(2)]);
  expect(ids(await api.ask('/profiles?city=Berlin'))).toEqual([idOf(1), idOf(2)]);
  expect(ids(await api.ask('/profiles?country=FR&city=Berlin'))).toEqual([idOf(2)]);
  expect(ids(await api.ask('/profiles?city=Paris&country=DE'))).toEqual([]);
  expect(ids(await api.ask('/profiles?city=paris'))).toEqual([]);
});

test('pages of a filtered list keep the filter', async () => {
  await plantAll(range(1, 60), (n) => ({
    addresses: [addressOf({ country: n % 3 === 0 ? 'FR' : 'DE', city: 'Köln & Söhne' })],
  }));
  const pages = await walk('/profiles?city=K%C3%B6ln%20%26%20S%C3%B6hne&country=FR&limit=7');
  expect(pages.map(({ length }) => length)).toEqual([7, 7, 6]);
  expect(pages.flat()).toEqual(range(1, 20).map((n) => idOf(n * 3)));
});

test('while documents come and go, each that stays is listed once', async () => {
  const staying = range(1, 90).map((n) => n * 10);
  await plantAll(staying, () => ({}));
  const pages = await walk('/profiles?limit=13', async (page) => {
    await plantAll([page * 100 + 5, 5, 895], () => ({})); // before and behind the reader
    await api.plant(idOf(page * 130), {}, { phase: 'deleted' }); // the last of the page just read
  });
  const seen = pages.flat().map(String);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.every((id, i) => i === 0 || id > (seen[i - 1] ?? ''))).toBe(true);
  expect(seen).toEqual(expect.arrayContaining(staying.map(idOf)));
});

test('a cursor works whatever the limit, and not with other filters', async () => {
  await plantAll(range(1, 5), () => ({ addresses: [addressOf()] }));
  const path = next(await api.ask('/profiles?country=FR&limit=2')) ?? '';
  const cursor = new URLSearchParams(path.slice(path.indexOf('?'))).get('cursor') ?? '';
  expect(cursor).toMatch(/^[\w-]+$/);
  expect(ids(await api.ask(`/profiles?cursor=${cursor}&country=FR&limit=100`))).toEqual(
    range(3, 5).map(idOf),
  );
  for (const query of ['', 'country=DE&', 'country=FR&city=Paris&']) {
    const { status, body } = await api.ask(`/profiles?${query}cursor=${cursor}`);
    expect([status, body['type'], body['errors']]).toEqual([
      400,
      '/problems/malformed-cursor',
      [{ pointer: 'querystring/cursor', detail: 'is a cursor of another list' }],
    ]);
  }
});

test.each([
  'x',
  'e30',
  'WzEsMl0',
  'bnVsbA',
  'WzIsImFiYyIsImlkIl0',
  'WzEsImFiYyIse31d',
  '%00',
  'a'.repeat(5000),
])('a cursor that is none is refused: %.20s', async (cursor) => {
  const { status, body } = await api.ask(`/profiles?cursor=${cursor}`);
  expect([status, body['type']]).toEqual([400, '/problems/malformed-cursor']);
});

test.each([
  'limit=0',
  'limit=101',
  'limit=1.5',
  'limit=ten',
  'limit=',
  'limit=5&limit=6',
  'cursor=',
  'page=2',
  'Country=FR',
])('a query that is not as declared is refused: %s', async (query) => {
  const { status, body } = await api.ask(`/profiles?${query}`);
  expect([status, body['type']]).toEqual([400, '/problems/invalid-request']);
  expect(body['errors']).toEqual([
    expect.objectContaining({ pointer: `querystring/${query.split('=')[0]}` }),
  ]);
});

test('a hundred is the longest page', async () => {
  await plantAll(range(1, 101), () => ({}));
  expect((await walk('/profiles?limit=100')).map(({ length }) => length)).toEqual([100, 1]);
});
