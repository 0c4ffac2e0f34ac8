/** Pages of an owner's lists at hand: the same answers as looked up, gone with every change of their documents, and never from before what was shown. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { table } from '../../services/shared/projection/definition.ts';
import { integer, text, timestamp, uuid } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import {
  figure,
  readWhileChanged,
  untilFollowing,
  untilHeld as untilAnswerHeld,
} from '../support/cached-reads.ts';
import type { Way } from '../support/cached-reads.ts';
import { idOf, startReadApi, until } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

const tickets = defineProjection({
  name: 'tickets',
  version: 1,
  stream: 'tickets',
  revision: 'version',
  resource: 'tickets',
  partitioned: { by: 'owner', into: 2 },
  root: table('tickets', {
    key: 'id',
    fields: { id: uuid, owner: uuid, state: text, version: integer, openedAt: timestamp },
  }),
  filters: { owner: 'owner', holder: 'owner', state: 'state' },
  search: { text: [], sorts: { opened: 'openedAt' } },
});

const TEST_MS = 90_000;
const [ANN, BOB] = [idOf(901), idOf(902)];
const ticketOf = (n: number, more: Readonly<Record<string, unknown>> = {}) => ({
  owner: ANN,
  state: 'open',
  version: 1,
  openedAt: `2026-01-01T00:00:00.${String(n).padStart(6, '0')}Z`,
  ...more,
});
const listOf = (owner: string, more = ''): string =>
  `/tickets?owner=${owner}&sort=-opened&limit=2&facets=false${more}`;

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi({ projection: tickets, cacheMaxBytes: 1 << 20, cacheMaxAgeMs: 500 });
  await untilFollowing(api);
});
afterAll(() => api.close());

const untilHeld = (path: string): Promise<ReadAnswer> => untilAnswerHeld(api, path, 'page_hits_total');

const shownBy = ({ body }: ReadAnswer): readonly string[] =>
  (body['items'] as ReadonlyArray<Record<string, unknown>>).map(
    ({ id, version }) => `${String(id)} ${String(version)}`,
  );

test('a page at hand is answered as it was when it was looked up', async () => {
  for (const n of [1, 2, 3]) await api.plant(idOf(n), ticketOf(n, { state: 'é 𝒵 "' }));
  const path = listOf(ANN);
  const looked = await api.ask(path);
  const held = await untilHeld(path);
  expect({ ...held.headers, date: '' }).toEqual({ ...looked.headers, date: '' });
  expect(held.headers['link']).toContain('rel="next"');
  expect([held.status, held.text]).toEqual([200, looked.text]);
  const again = await api.ask(path, { 'if-none-match': held.headers['etag'] ?? '' });
  expect([again.status, again.text]).toEqual([304, '']);
  const cursor = /cursor=([\w-]+)/.exec(held.headers['link'] ?? '')?.[1] ?? '';
  expect(shownBy(await untilHeld(listOf(ANN, `&cursor=${cursor}`)))).toEqual([`${idOf(1)} 1`]);
  expect(shownBy(await untilHeld(path))).toEqual([`${idOf(3)} 1`, `${idOf(2)} 1`]);
  expect(shownBy(await untilHeld(listOf(ANN).replace('-opened', 'opened')))).toEqual([
    `${idOf(1)} 1`,
    `${idOf(2)} 1`,
  ]);
});

test('whatever changes of an owner is seen in their lists: a save, a change in place, one more, one less', async () => {
  await api.documents.deleteMany({});
  for (const n of [1, 2]) await api.plant(idOf(n), ticketOf(n));
  const changes: ReadonlyArray<readonly [() => Promise<unknown>, readonly string[]]> = [
    [() => api.plant(idOf(1), ticketOf(1, { version: 2 })), [`${idOf(2)} 1`, `${idOf(1)} 2`]],
    [
      () => api.documents.updateOne({ _id: idOf(2) }, { $set: { version: 7 } }),
      [`${idOf(2)} 7`, `${idOf(1)} 2`],
    ],
    [() => api.plant(idOf(3), ticketOf(3)), [`${idOf(3)} 1`, `${idOf(2)} 7`]],
    // It was on no page that is kept.
    [
      () => api.documents.updateOne({ _id: idOf(1) }, { $set: { openedAt: ticketOf(9).openedAt } }),
      [`${idOf(1)} 2`, `${idOf(3)} 1`],
    ],
    [() => api.documents.deleteOne({ _id: idOf(3) }), [`${idOf(1)} 2`, `${idOf(2)} 7`]],
    [() => api.plant(idOf(2), {}, { phase: 'deleted' }), [`${idOf(1)} 2`]],
  ];
  await until(
    'both are there',
    () => api.ask(listOf(ANN)),
    (answer) => shownBy(answer).length === 2,
  );
  for (const [change, expected] of changes) {
    await untilHeld(listOf(ANN));
    await change();
    const seen = await until(
      'it is seen',
      () => api.ask(listOf(ANN)),
      (answer) => shownBy(answer).join() === expected.join(),
    );
    expect(shownBy(seen)).toEqual(expected);
  }
});

test('a document that was repaired to be of another owner is on their page, and not on the other any more', async () => {
  await api.documents.deleteMany({});
  await api.plant(idOf(1), ticketOf(1));
  for (const [owner, other] of [
    [BOB, ANN],
    [ANN, BOB],
  ] as const) {
    await until(
      'it is shown',
      () => api.ask(listOf(other)),
      (answer) => shownBy(answer).length === 1,
    );
    await untilHeld(listOf(other));
    await untilHeld(listOf(owner));
    await api.plant(idOf(1), ticketOf(1, { owner }));
    const shown = await until(
      'it went over',
      async () =>
        [await api.ask(listOf(owner)), await api.ask(listOf(other))].map((each) => shownBy(each).length),
      ([theirs, others]) => theirs === 1 && others === 0,
    );
    expect(shown).toEqual([1, 0]);
  }
});

test('two parameters of one field are both asked for', async () => {
  await api.documents.deleteMany({});
  await api.plant(idOf(1), ticketOf(1));
  const both = (owner: string, holder: string): string =>
    `/tickets?owner=${owner}&holder=${holder}&facets=false`;
  expect(shownBy(await api.ask(both(ANN, ANN)))).toEqual([`${idOf(1)} 1`]);
  for (const path of [both(ANN, BOB), both(BOB, ANN)]) expect(shownBy(await api.ask(path))).toEqual([]);
});

test("another owner's changes leave what is kept", async () => {
  await api.plant(idOf(1), ticketOf(1));
  await api.plant(idOf(5), ticketOf(5, { owner: BOB }));
  await untilHeld(listOf(ANN));
  await untilHeld(listOf(BOB));
  const kept = await figure(api, 'pages');
  const changes = await figure(api, 'changes_total');
  await api.documents.updateOne({ _id: idOf(5) }, { $set: { version: 2 } });
  await until(
    'it is told',
    () => figure(api, 'changes_total'),
    (now) => now > changes,
  );
  expect(await figure(api, 'pages')).toBe(kept - 1);
  expect(shownBy(await untilHeld(listOf(BOB)))).toEqual([`${idOf(5)} 2`]);
});

test('a list that is of no one owner, or is counted, is looked up each time', async () => {
  const before = await figure(api, 'page_hits_total');
  const misses = await figure(api, 'page_misses_total');
  for (const path of ['/tickets?state=open&facets=false', '/tickets?facets=false'])
    for (let i = 0; i < 3; i++) expect((await api.ask(path)).status).toBe(200);
  expect([
    (await figure(api, 'page_hits_total')) - before,
    (await figure(api, 'page_misses_total')) - misses,
  ]).toEqual([0, 6]);
  expect((await api.ask(`/tickets?owner=${BOB}`)).body).toMatchObject({ total: 1 });
});

test('after a token a list shows what it names, and whoever asks after that is shown no less', async () => {
  for (let version = 1; version <= 40; version++) {
    await api.plant(idOf(6), ticketOf(6, { version, owner: BOB }));
    const token = encodeToken({ id: idOf(6), revision: version, deleted: false });
    const first = await api.ask(listOf(BOB), { 'consistency-token': token, prefer: 'wait=5' });
    expect([shownBy(first)[0], first.freshness['stale']]).toEqual([`${idOf(6)} ${version}`, '?0']);
    expect(shownBy(await api.ask(listOf(BOB)))[0]).toBe(`${idOf(6)} ${version}`);
  }
});

test(
  'whichever way a document is read, it does not go back',
  async () => {
    const CAROL = idOf(903);
    const plant = (version: number): Promise<void> =>
      api.plant(idOf(8), ticketOf(8, { owner: CAROL, version, state: 'turning' }));
    const inList = (answer: ReadAnswer): number => Number(shownBy(answer)[0]?.split(' ')[1]);
    const lists: readonly Way[] = [
      [listOf(CAROL), inList],
      [listOf(CAROL, '&state=turning'), inList],
    ];
    const ways: readonly Way[] = [
      ...lists,
      ...lists,
      [`/tickets/${idOf(8)}`, ({ body }) => Number(body['version'])],
      ['/tickets?state=turning&facets=false', inList],
    ];
    const shown = await readWhileChanged(api, plant, ways, 'page_hits_total');
    expect(shown).toBeGreaterThan(50);
  },
  TEST_MS,
);
