/** Lists by a day or a month, words of a list's elements, and lists that are only put in order, on planted documents. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { list, spanOf, table } from '../../services/shared/projection/definition.ts';
import { integer, text, timestamp, uuid } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import type { ProjectionDefinition } from '../../services/shared/projection/definition.ts';
import { idOf, startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

const TALKS: ProjectionDefinition = {
  name: 'talk',
  version: 1,
  stream: 'talks',
  resource: 'talks',
  root: table('talks', { key: 'id', fields: { id: uuid, room: text, heldAt: timestamp } }),
  embed: {
    speakers: list('speakers', {
      parent: 'talk_id',
      key: 'id',
      orderBy: ['id'],
      fields: { id: integer, name: text },
    }),
  },
  filters: { room: 'room', day: spanOf('day', 'heldAt'), month: spanOf('month', 'heldAt') },
  search: { text: ['room', 'speakers.name'], sorts: { held: 'heldAt' }, facets: { room: 'room' } },
};
const AGENDA: ProjectionDefinition = {
  ...TALKS,
  name: 'agenda',
  resource: 'agenda',
  search: { text: [], sorts: { held: 'heldAt' } },
};

const HELD: ReadonlyArray<readonly [room: string, heldAt: string, ...speakers: readonly string[]]> = [
  ['Aula', '2026-10-31T23:59:59.999999Z', 'Ada Lovelace'],
  ['Aula', '2026-11-01T00:00:00.000000Z', 'Grace Hopper', 'Émilie du Châtelet'],
  ['Atrium', '2026-11-01T23:59:59.999999Z', 'Ada Byron'],
  ['Aula', '2026-11-02T00:00:00.000000Z'],
];

let talks: TestReadApi;
let agenda: TestReadApi;
beforeAll(async () => {
  [talks, agenda] = await Promise.all([
    startReadApi({ projection: defineProjection(TALKS) }),
    startReadApi({ projection: defineProjection(AGENDA) }),
  ]);
  for (const [n, [room, heldAt, ...names]] of HELD.entries()) {
    const content = { room, heldAt, speakers: names.map((name, id) => ({ id, name })) };
    await Promise.all([talks.plant(idOf(n), content), agenda.plant(idOf(n), content)]);
  }
});
afterAll(() => Promise.all([talks.close(), agenda.close()]));

const numbers = ({ body }: ReadAnswer): readonly number[] =>
  (body['items'] as ReadonlyArray<{ readonly id: string }>).map(({ id }) => parseInt(id.slice(-4), 16));

test.each([
  ['day=2026-11-01', [1, 2]],
  ['day=2026-10-31', [0]],
  ['day=2026-12-01', []],
  ['month=2026-11', [1, 2, 3]],
  ['month=2026-11&day=2026-11-02', [3]],
  ['month=2026-10&day=2026-11-02', []],
  ['day=2026-11-01&room=aula', [1]],
  ['day=2026-11-01&sort=-held', [2, 1]],
  ['q=chatelet', [1]],
  ['q=ada', [0, 2]],
  ['q=ada&month=2026-11', [2]],
  ['q=aula%20grace', [1]],
])('%s selects %j', async (query, expected) => {
  const answer = await talks.ask(`/talks?${query}`);
  expect(numbers(answer)).toEqual(expected);
  expect(answer.body['total']).toBe(expected.length);
});

test('pages of a day are of that day alone', async () => {
  const first = await talks.ask('/talks?day=2026-11-01&limit=1');
  const [, next = ''] = /^<(.+)>; rel="next"$/.exec(first.headers['link'] ?? '') ?? [];
  const second = await talks.ask(next);
  expect([numbers(first), numbers(second), second.headers['link']]).toEqual([[1], [2], undefined]);
  const other = await talks.ask(next.replace('day=2026-11-01', 'day=2026-11-02'));
  expect(other).toMatchObject({ status: 400, body: { type: '/problems/malformed-cursor' } });
});

test.each(['day=2026-11', 'day=2026-11-01T00', 'day=yesterday', 'month=2026', 'day[$gt]=1'])(
  '%s is refused',
  async (query) => {
    expect((await talks.ask(`/talks?${query}`)).status).toBe(400);
  },
);

test('lists that are only put in order are not searched', async () => {
  expect(numbers(await agenda.ask('/agenda?room=Aula&sort=-held'))).toEqual([3, 1, 0]);
  expect((await agenda.ask('/agenda?q=ada')).status).toBe(400);
});

test('OpenAPI tells what a span is', async () => {
  const { body } = await talks.ask('/openapi.json');
  const paths = body['paths'] as Record<string, { get: { parameters: readonly object[] } }>;
  expect(paths['/talks']?.get.parameters).toContainEqual(
    expect.objectContaining({
      name: 'day',
      description: 'selects by the day of heldAt, in UTC',
      schema: expect.objectContaining({ pattern: String.raw`^\d{4}-\d\d-\d\d$` }),
    }),
  );
});
