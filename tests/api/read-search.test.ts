/** Searching and browsing: what `q`, the filters, `sort` and the counts give, on planted documents. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import directory from '../../projections/directory.ts';
import { addressOf, idOf, startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

interface Person {
  readonly fullName: string;
  readonly email: string;
  readonly status?: string;
  readonly createdAt?: string;
  readonly places?: ReadonlyArray<readonly [country: string, city: string]>;
  readonly preferences?: Readonly<Record<string, unknown>>;
}

const PEOPLE: readonly Person[] = [
  {
    fullName: 'Zoë Ångström',
    email: 'zoe@example.org',
    places: [['SE', 'Malmö']],
    preferences: { theme: 'dark' },
  },
  {
    fullName: 'ada lovelace',
    email: 'b.ada@example.com',
    places: [
      ['GB', 'London'],
      ['FR', 'Paris'],
    ],
  },
  {
    fullName: 'Ádám Nagy',
    email: 'x@example.com',
    places: [
      ['HU', 'Paris'],
      ['FR', 'Lyon'],
    ],
    status: 'suspended',
  },
  {
    fullName: 'Bob Lovett',
    email: 'bob@example.com',
    preferences: { theme: 'dark', size: 12, on: true, deep: {} },
  },
  { fullName: 'Bob Lovett', email: 'other@example.com', preferences: { theme: 'light' } },
  {
    fullName: 'Élodie O’Neil-Smith',
    email: 'el@example.com',
    places: [
      ['FR', 'PARIS'],
      ['FR', 'Paris'],
    ],
  },
];

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi({ projection: directory });
  await Promise.all(
    PEOPLE.map(({ places = [], preferences = {}, status = 'active', ...person }, n) =>
      api.plant(idOf(n), {
        displayName: null,
        avatarUrl: null,
        version: 1,
        createdAt: `2026-11-${String(20 - n)}T00:00:00.000000Z`,
        ...person,
        status,
        addresses: places.map(([country, city], i) => {
          const { id, createdAt } = addressOf();
          return { id: `${String(id).slice(0, -1)}${i}`, city, country, createdAt };
        }),
        preferences,
      }),
    ),
  );
});
afterAll(() => api.close());

const numbers = ({ body }: ReadAnswer): readonly number[] =>
  (body['items'] as ReadonlyArray<{ readonly id: string }>).map(({ id }) => parseInt(id.slice(-4), 16));

test.each([
  ['', [1, 2, 3, 4, 5, 0]],
  ['q=lov', [1, 3, 4]],
  ['q=LOV%20B', [1, 3, 4]],
  ['q=adam', [2]],
  ['q=angstrom%20zoe', [0]],
  ['q=neil', [5]],
  ['q=b.ada', [1]],
  ['q=velace', []],
  ['country=fr', [1, 2, 5]],
  ['city=malmo', [0]],
  ['country=FR&city=paris', [1, 5]],
  ['status=Suspended', [2]],
  ['preference=theme:dark', [3, 0]],
  ['preference=on:true', [3]],
  ['preference=size:12', [3]],
  ['q=lov&preference=theme:light', [4]],
  ['sort=-name', [0, 5, 4, 3, 2, 1]],
  ['sort=created', [5, 4, 3, 2, 1, 0]],
  ['sort=-created&q=lov', [1, 3, 4]],
  ['sort=email', [1, 3, 5, 4, 2, 0]],
])('%s', async (query, expected) => {
  const answer = await api.ask(`/directory?${query}`);
  expect([answer.status, numbers(answer)]).toEqual([200, expected]);
  expect(answer.body['total']).toBe(expected.length);
});

test('the first page counts all that are found, a document once a value', async () => {
  const { body } = await api.ask('/directory?limit=1');
  expect(body).toMatchObject({ total: 6, partial: false });
  expect(body['facets']).toEqual({
    country: { FR: 3, GB: 1, HU: 1, SE: 1 },
    city: { Paris: 3, London: 1, Lyon: 1, Malmö: 1, PARIS: 1 },
    status: { active: 5, suspended: 1 },
    preference: { theme: { dark: 2, light: 1 }, on: { true: 1 }, size: { '12': 1 } },
  });
  const found = await api.ask('/directory?q=lov');
  expect(found.body['facets']).toMatchObject({ status: { active: 3 }, country: { FR: 1, GB: 1 } });
  expect(Object.keys((await api.ask('/directory?facets=false')).body)).toEqual(['items']);
});

test.each(['name', '-name', 'created', 'email'])('pages sorted by %s are the whole list', async (sort) => {
  const whole = numbers(await api.ask(`/directory?sort=${sort}`));
  const seen: number[] = [];
  for (let path: string | undefined = `/directory?sort=${sort}&status=active&limit=1`; path !== undefined;) {
    const answer: ReadAnswer = await api.ask(path);
    expect(answer.status).toBe(200);
    seen.push(...numbers(answer));
    path = /^<([^>]+)>; rel="next"$/.exec(answer.headers['link'] ?? '')?.[1];
    expect(path ?? `sort=${sort}`).toContain(`sort=${sort}`);
  }
  expect(seen).toEqual(whole.filter((n) => n !== 2));
});

test.each([
  ['sort=nope', 'querystring/sort'],
  ['preference=theme', 'querystring/preference'],
  ['q=%2B%2B', 'querystring/q'],
  [`q=${'x'.repeat(201)}`, 'querystring/q'],
  ['q=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k', 'querystring/q'],
  ['email=a@example.com', 'querystring/email'],
])('%s is refused', async (query, pointer) => {
  const { status, body } = await api.ask(`/directory?${query}`);
  expect([status, body['errors']]).toMatchObject([400, [{ pointer }]]);
});

test('a cursor is one of its order, words and filters only', async () => {
  const link = (await api.ask('/directory?q=lov&limit=1')).headers['link'] ?? '';
  const cursor = /cursor=([\w-]+)/.exec(link)?.[1] ?? '';
  expect((await api.ask(`/directory?q=lov&cursor=${cursor}`)).status).toBe(200);
  for (const query of ['', 'q=love&', 'q=lov&sort=-name&', 'q=lov&status=active&']) {
    const { status, body } = await api.ask(`/directory?${query}cursor=${cursor}`);
    expect([status, body['type']]).toEqual([400, '/problems/malformed-cursor']);
  }
});

test('the contract tells the parameters, and the source gives no lists', async () => {
  const { body } = await api.ask('/openapi.json');
  const paths = body['paths'] as Record<string, { get: { parameters: ReadonlyArray<{ name: string }> } }>;
  const names = paths['/directory']?.get.parameters.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['q', 'sort', 'facets', 'country', 'preference', 'cursor']));
  expect((await api.ask('/directory?consistency=source')).status).toBe(503);
});
