/** Fields that stand inside a JSON column: what they are decoded as, what is refused, and how little is parsed for them. */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, expect, jest, test } from '@jest/globals';
import { checkSource } from '../../services/shared/check/check-source.ts';
import type { SourceCatalog } from '../../services/shared/check/source-catalog.ts';
import { LosslessNumber } from '../../services/shared/lossless-json.ts';
import { ChangeError, SchemaError } from '../../services/shared/projection/change-event.ts';
import { list, spanOf, grouped, table } from '../../services/shared/projection/definition.ts';
import {
  boolean,
  decimal,
  integer,
  json,
  like,
  nullable,
  text,
  timestamp,
  uuid,
} from '../../services/shared/projection/field-types.ts';
import type { FieldType } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { decodeColumn, rowDecoder } from '../../services/shared/projection/row-decoder.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';
import { within } from '../../services/shared/projection/within.ts';
import { changesOf, specOf } from '../support/given-when-then.ts';

const read = (type: FieldType, column: unknown): unknown =>
  decodeColumn('plays', 'data', within('data', ['of', 'x'], type), { data: column });
const at = (value: string): string => `{"of": {"x": ${value}, "y": 1}}`;

describe('a value within a column is', () => {
  test.each<readonly [FieldType, string, unknown]>([
    [text, '"Zoë"', 'Zoë'],
    [uuid, '"018f0000-0000-7000-8000-0000000000a1"', '018f0000-0000-7000-8000-0000000000a1'],
    [integer, '-7', -7],
    [integer, '1.0', 1],
    [boolean, 'false', false],
    [timestamp, '"2026-11-23T18:00:00.123Z"', '2026-11-23T18:00:00.123000Z'],
    [timestamp, '"2026-11-23T18:00:00Z"', '2026-11-23T18:00:00.000000Z'],
    [decimal, '"1.50"', '1.50'],
    [decimal, '1.50', '1.5'],
    [decimal, '-0.00', '0'],
    [decimal, '1e21', '1000000000000000000000'],
    [decimal, '-12.5e-3', '-0.0125'],
    [decimal, '12345678901234567890.123456789012345678900', '12345678901234567890.1234567890123456789'],
    [json, '{"a": [1.10]}', { a: [1.1] }],
    [json, '12345678901234567890', new LosslessNumber('12345678901234567890')],
  ])('%p %s', (type, value, expected) => {
    expect(read(type, at(value))).toEqual(expected);
    expect(read(nullable(type), at(value))).toEqual(expected);
  });

  test('null where there is nothing, JSON null, or no column', () => {
    for (const column of [
      at('null'),
      '{}',
      '{"of": null}',
      '{"of": [1]}',
      '{"of": 5}',
      '[]',
      '"of"',
      'null',
      null,
    ]) {
      expect(read(nullable(integer), column)).toBeNull();
      expect(() => read(integer, column)).toThrow(/^plays\.data.*: expected .*, got null$/);
    }
  });

  test('no name that every object answers to', () => {
    expect(decodeColumn('t', 'c', within('c', 'constructor', nullable(json)), { c: '{}' })).toBeNull();
  });
});

describe('refuses, for this row alone,', () => {
  test.each<readonly [FieldType, string]>([
    [text, '5'],
    [integer, '"5"'],
    [integer, '1.5'],
    [integer, '9007199254740993'],
    [boolean, '"true"'],
    [timestamp, '1764000000'],
    [timestamp, '"2026-11-23T18:00:00+01:00"'],
    [timestamp, '"2026-11-23"'],
    [decimal, 'true'],
    [decimal, '"1,5"'],
    [decimal, '"1e5"'],
    [decimal, '1e200000'],
  ])('%p %s', (type, value) => {
    const act = (): unknown => read(type, at(value));
    expect(act).toThrow(ChangeError);
    expect(act).not.toThrow(SchemaError);
    expect(act).toThrow(/^plays\.data → of → x: expected /);
  });

  test('text that is no JSON; a column that is none, or is not there, is the schema’s matter', () => {
    expect(() => read(integer, '{')).toThrow('plays.data: expected json, got text that does not parse');
    expect(() => read(integer, 5)).toThrow(SchemaError);
    expect(() => decodeColumn('t', 'c', within('c', 'x', integer), {})).toThrow(SchemaError);
  });
});

test('a column is parsed once for all fields of a row', () => {
  const parse = jest.spyOn(JSON, 'parse');
  try {
    const decode = rowDecoder('plays', {
      score: within('data', 'score', integer),
      player: within('data', ['by', 'name'], text),
      raw: within('data', 'by', json),
    });
    expect(decode({ data: '{"score": 5, "by": {"name": "Ann"}}' })).toEqual({
      score: 5,
      player: 'Ann',
      raw: { name: 'Ann' },
    });
    expect(parse).toHaveBeenCalledTimes(1);
  } finally {
    parse.mockRestore();
  }
});

test.each([
  [() => within('data', [], text), 'the path is empty'],
  [() => within('data', ['list', '0'], text), '0 is no name of a field'],
  [() => within('data', 'a', within('data', 'b', text)), 'within a column already'],
])('%s is no field', (make, why) => {
  expect(make).toThrow(why);
});

const plays = defineProjection({
  name: 'plays',
  version: 1,
  stream: 'plays',
  resource: 'plays',
  revision: 'turn',
  root: table('plays', {
    key: 'id',
    fields: {
      id: text,
      turn: within('data', 'turn', integer),
      player: within('data', ['by', "it's"], like('Ann', text)),
      endedAt: nullable(within('data', 'ended', timestamp)),
    },
  }),
  embed: {
    moves: list('moves', {
      parent: 'play',
      key: 'name',
      orderBy: ['rank', 'name'],
      fields: { name: within('data', 'name', text), rank: within('data', 'rank', integer) },
    }),
  },
  lookups: { player: { field: 'player', ignoreCase: true } },
  filters: { turn: 'turn', move: 'moves.name' },
  search: { text: ['player'], sorts: { turn: 'turn' } },
  tallies: { plays: grouped({ by: { day: spanOf('day', 'endedAt') }, sum: ['turn'] }) },
});

describe('a projection with fields within columns', () => {
  const { given } = specOf(plays, 'p1');
  const play = changesOf('plays', 'p1');
  const move = changesOf('moves', 'p1');
  const row = { id: 'p1', data: `{"turn": 3, "by": {"it's": "Ann"}}` };

  test('has them wherever a field may stand', () => {
    given(play.created(row), move.created({ play: 'p1', data: '{"name": "b", "rank": 2}' }))
      .when(move.created({ play: 'p1', data: '{"name": "a", "rank": 10}' }))
      .then({
        id: 'p1',
        turn: 3,
        player: 'Ann',
        endedAt: null,
        moves: [
          { name: 'b', rank: 2 },
          { name: 'a', rank: 10 },
        ],
      });
  });

  test('refuses the one change in which a value is none', () => {
    given(play.created(row))
      .when(play.updated(row, { id: 'p1', data: '{"turn": "four", "by": {}}' }))
      .thenRefused('plays.data → turn: expected an integer, got string');
  });

  test('asks Postgres for the same values', () => {
    const sql = plays.sourceView.sql.replaceAll(/\s+/g, ' ');
    expect(sql).toContain(`(r."data" #> ARRAY['turn']) AS "turn"`);
    expect(sql).toContain(`(r."data" #>> ARRAY['turn']) AS revision`);
    expect(sql).toContain(`(r."data" #>> ARRAY['by', 'it''s']) AS "lookup_player"`);
    expect(sql).toContain(
      `ORDER BY to_jsonb(c."data" #> ARRAY['rank']), (c."data" #>> ARRAY['name']) COLLATE "C"`,
    );
  });

  test('says where they are, and needs JSON there', () => {
    expect(shapeOf(plays.definition).documents).toMatchObject({
      turn: 'integer from plays.data → turn',
      endedAt: 'nullable timestamp from plays.data → ended',
    });
    const column = (type: string) => ({ type, notNull: true });
    const catalog: SourceCatalog = {
      tables: {
        plays: {
          replicaIdentityFull: true,
          isPartitioned: false,
          columns: { id: column('text'), data: column('jsonb') },
        },
        moves: {
          replicaIdentityFull: true,
          isPartitioned: false,
          columns: { play: column('text'), data: column('text') },
        },
      },
      publication: {
        insert: true,
        update: true,
        delete: true,
        viaRoot: true,
        tables: { plays: ['id', 'data'], moves: ['play', 'data'] },
        filtered: [],
      },
      viewMark: 'mark',
    };
    expect(new Set(checkSource(plays, catalog, 'mark').map(({ text: found }) => found))).toEqual(
      new Set(['moves.data is text in Postgres, and json in the projection']),
    );
  });

  test('has a column for its key: changes are keyed by it', () => {
    const root = table('plays', { key: 'id', fields: { id: within('data', 'id', text) } });
    expect(() => defineProjection({ name: 'p', version: 1, stream: 'p', resource: 'p', root })).toThrow(
      'the key id must be a column',
    );
  });
});
