/** Fields within a JSON column are the same value in a document and in the source view, whatever stands there: on a real Postgres. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { RawRow } from '../../services/shared/projection/change-event.ts';
import { list, table } from '../../services/shared/projection/definition.ts';
import {
  boolean,
  decimal,
  integer,
  json,
  nullable,
  text,
  timestamp,
} from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { within } from '../../services/shared/projection/within.ts';
import { contentToJson } from '../../services/shared/stored-document.ts';
import { sourceOf } from '../../services/shared/verify/source-documents.ts';
import { changesOf } from '../support/given-when-then.ts';
import { differences } from '../support/same-json.ts';
import { createTestDatabase } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

const fieldsOf = (column: string) => ({
  [`${column}Text`]: nullable(within(column, ['in', 'text'], text)),
  [`${column}Integer`]: nullable(within(column, ['in', 'integer'], integer)),
  [`${column}Boolean`]: nullable(within(column, ['in', 'boolean'], boolean)),
  [`${column}Timestamp`]: nullable(within(column, ['in', 'timestamp'], timestamp)),
  [`${column}Decimal`]: nullable(within(column, ['in', `it's "a \\ decimal`], decimal)),
  [`${column}Json`]: nullable(within(column, 'in', json)),
});

const plays = defineProjection({
  name: 'plays',
  version: 1,
  stream: 'plays',
  resource: 'plays',
  root: table('plays', { key: 'id', fields: { id: text, ...fieldsOf('data'), ...fieldsOf('plain') } }),
  embed: {
    moves: list('moves', {
      parent: 'play',
      key: 'name',
      orderBy: ['rank', 'isFast', 'at', 'name'],
      fields: {
        name: within('data', 'name', text),
        rank: within('data', 'rank', integer),
        isFast: within('data', 'fast', boolean),
        at: within('data', 'at', timestamp),
      },
    }),
  },
});

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.admin.query(`
    create table plays (id text primary key, data jsonb, plain json);
    create table moves (play text, data jsonb);
    alter table plays owner to readside_owner;
    alter table moves owner to readside_owner;`);
  await installSourceViews(database.adminUrl, [plays]);
});
afterAll(() => database.drop());

async function inSource(id: string): Promise<unknown> {
  return parseLossless((await sourceOf(database.admin, plays, [id])).get(id)?.json ?? 'null');
}

/** As Debezium sends it: json and jsonb as text. */
async function rowOf(id: string): Promise<RawRow> {
  const { rows } = await database.admin.query<RawRow>(
    'select id, data::text as data, plain::text as plain from plays where id = $1',
    [id],
  );
  return rows[0] ?? {};
}

const VALUES: readonly (string | null)[] = [
  null,
  'null',
  '[]',
  '"in"',
  '{"in": null}',
  '{"in": [{"text": "a"}]}',
  '{"in": {}}',
  '{"in": {"text": null, "integer": null, "boolean": null, "timestamp": null}}',
  '{"in": {"text": "Zoë 👩‍👩‍👧‍👦 \\"\\\\ \\n", "integer": -7, "boolean": true, "timestamp": "2026-11-23T18:00:00Z"}}',
  '{"in": {"text": "", "integer": 9007199254740991, "boolean": false, "timestamp": "2026-11-23T18:00:00.1Z"}}',
  '{"in": {"integer": 1.0, "timestamp": "2026-11-23T18:00:00.123456Z", "more": [1e400, 1.10, 12345678901234567890]}}',
  ...[
    '1.50',
    '"1.50"',
    '-0.00',
    '0',
    '100',
    '1e21',
    '-12.5e-3',
    '12345678901234567890.10',
    '0.00000000001',
  ].map((value) => `{"in": {"it's \\"a \\\\ decimal": ${value}}}`),
];

describe('a document and the source view are equal', () => {
  test.each(VALUES.map((value, n) => [value, `equal ${n}`] as const))('with %s', async (value, id) => {
    await database.admin.query('insert into plays values ($1, $2, $3)', [id, value, value]);
    const change = changesOf('plays', id).created(await rowOf(id));
    const { content } = plays.evolve(null, change);
    const folded: unknown = parseLossless(contentToJson(plays, id, content));
    expect(differences(await inSource(id), folded)).toEqual([]);
  });

  test('in the order of a list', async () => {
    await database.admin.query("insert into plays values ('ordered')");
    const moves = ['b', 'a', 'B', 'é', 'z'].flatMap((name, i) => [
      { name, rank: i % 2 === 0 ? 10 : 9, fast: true, at: '2026-11-23T18:00:00.5Z' },
      { name: `${name}2`, rank: 10, fast: i % 2 === 0, at: '2026-11-23T18:00:00Z' },
    ]);
    const created = changesOf('moves', 'ordered').created;
    let state = plays.evolve(null, changesOf('plays', 'ordered').created(await rowOf('ordered')));
    for (const move of moves) {
      const data = JSON.stringify(move);
      await database.admin.query("insert into moves values ('ordered', $1)", [data]);
      state = plays.evolve(state, created({ play: 'ordered', data }));
    }
    const folded: unknown = parseLossless(contentToJson(plays, 'ordered', state.content));
    expect(differences(await inSource('ordered'), folded)).toEqual([]);
  });
});

test.each([
  '{"in": {"integer": "5"}}',
  '{"in": {"timestamp": "soon"}}',
  '{"in": {"it\'s \\"a \\\\ decimal": true}}',
])('%s is refused by the fold, and the view goes on', async (value) => {
  await database.admin.query(
    "insert into plays values ('bad', $1) on conflict (id) do update set data = $1",
    [value],
  );
  const change = changesOf('plays', 'bad').created(await rowOf('bad'));
  expect(() => plays.evolve(null, change)).toThrow(ChangeError);
  expect(await inSource('bad')).toMatchObject({ id: 'bad' });
});
