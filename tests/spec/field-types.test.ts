/** Every field type: what it makes of what Debezium sends, what it refuses, and how it orders. */
import { describe, expect, test } from '@jest/globals';
import { LosslessNumber } from '../../services/shared/lossless-json.ts';
import { ChangeError, SchemaError } from '../../services/shared/projection/change-event.ts';
import {
  boolean,
  decimal,
  from,
  integer,
  json,
  nullable,
  snakeCase,
  text,
  timestamp,
  uuid,
} from '../../services/shared/projection/field-types.ts';
import type { FieldType } from '../../services/shared/projection/field-types.ts';
import { decodeColumn, rowDecoder } from '../../services/shared/projection/row-decoder.ts';

type Case = readonly [FieldType, unknown, unknown];

const good: readonly Case[] = [
  [text, '', ''],
  [text, 'Zoë 👩‍👩‍👧‍👦 \u0000', 'Zoë 👩‍👩‍👧‍👦 \u0000'],
  [uuid, '018f0000-0000-7000-8000-0000000000a1', '018f0000-0000-7000-8000-0000000000a1'],
  [integer, 0, 0],
  [integer, -2_147_483_648, -2_147_483_648],
  [integer, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  [boolean, true, true],
  [boolean, false, false],
  [timestamp, '2026-11-23T18:00:00Z', '2026-11-23T18:00:00.000000Z'],
  [timestamp, '2026-11-23T18:00:00.1Z', '2026-11-23T18:00:00.100000Z'],
  [timestamp, '2026-11-23T18:00:00.12345Z', '2026-11-23T18:00:00.123450Z'],
  [timestamp, '2026-11-23T18:00:00.123456Z', '2026-11-23T18:00:00.123456Z'],
  [timestamp, '0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
  [timestamp, '9999-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'],
  [decimal, '12345678901234567890.10', '12345678901234567890.10'],
  [decimal, '-0.000', '-0.000'],
  [json, 'null', null],
  [json, ' {"a": [1.10, "x"]} ', { a: [1.1, 'x'] }],
  [json, '12345678901234567890', new LosslessNumber('12345678901234567890')],
];

const bad: ReadonlyArray<readonly [FieldType, unknown]> = [
  [text, 1],
  [text, null],
  [text, {}],
  [uuid, 1],
  [integer, '1'],
  [integer, 1.5],
  [integer, 9_007_199_254_740_992],
  [integer, Number.NaN],
  [integer, true],
  [boolean, 'true'],
  [boolean, 1],
  [timestamp, 1_764_000_000_000_000],
  [timestamp, ''],
  [timestamp, '2026-11-23'],
  [timestamp, '2026-11-23T18:00:00'],
  [timestamp, '2026-11-23T18:00:00+01:00'],
  [timestamp, '2026-11-23T18:00:00.1234567Z'],
  [timestamp, '+10000-01-01T00:00:00Z'],
  [timestamp, '-0001-01-01T00:00:00Z'],
  [timestamp, '2026-11-23T18:00:00Z\n'],
  [timestamp, 'infinity'],
  [decimal, 1.5],
  [json, { a: 1 }],
  [json, ''],
  [json, '{'],
  [json, '[12345678901234567890'],
];

const nested = (n: number): string => '['.repeat(n) + ']'.repeat(n);

describe('decodes', () => {
  test.each(good.map(([type, raw, value]) => [type.name, raw, value, type] as const))(
    '%s: %j as %j',
    (_name, raw, value, type) => {
      expect(type.decode(raw)).toEqual(value);
      expect(decodeColumn('t', 'c', nullable(type), { c: raw })).toEqual(value);
    },
  );

  test('json: a nesting of 1,000, and no deeper one', () => {
    expect(json.decode(nested(1000))).toBeInstanceOf(Array);
    for (const depth of [1001, 5000, 9000, 100_000])
      expect(() => json.decode(nested(depth))).toThrow(ChangeError);
    // Many brackets are not a deep nesting.
    expect(json.decode(`[${'[],'.repeat(5000)}[]]`)).toHaveLength(5001);
  });
});

/** Whether no value of the column that it came from could be of the type: that is the schema's matter and not the row's. */
function isOfOtherColumn(type: string, raw: unknown): boolean {
  if (raw === null) return false;
  if (type === 'timestamp' && typeof raw === 'string') return /^\d{4}-\d\d-\d\d(T[\d:.]+)?$/.test(raw);
  const kind = type === 'integer' ? 'number' : type === 'boolean' ? 'boolean' : 'string';
  return typeof raw !== kind;
}

describe('refuses, naming table and column, and no value', () => {
  test.each(bad.map(([type, raw]) => [type.name, raw, type] as const))('%s: %j', (_name, raw, type) => {
    const act = () => decodeColumn('the_table', 'the_column', type, { the_column: raw });
    expect(act).toThrow(isOfOtherColumn(type.name, raw) ? SchemaError : ChangeError);
    expect(act).toThrow(/^the_table\.the_column: expected .*, got (null|string|number|boolean|object|text)/);
  });

  test('null where it is not allowed', () => {
    for (const type of [text, uuid, integer, boolean, timestamp, decimal, json])
      expect(() => decodeColumn('t', 'c', type, { c: null })).toThrow(/^t\.c: expected .*, got null$/);
  });

  test('a missing column, nullable or not', () => {
    expect(() => decodeColumn('t', 'c', text, {})).toThrow('t.c is missing from the change');
    expect(() => decodeColumn('t', 'c', nullable(text), {})).toThrow('t.c is missing from the change');
  });

  test('a column whose name every object answers to', () => {
    expect(() => decodeColumn('t', 'constructor', json, {})).toThrow('t.constructor is missing');
  });
});

describe('rows', () => {
  test('give their fields in the order declared, from columns in snake case or as named', () => {
    const decode = rowDecoder('t', { zTop: text, aPart: from('Odd Name', integer), maybe: nullable(text) });
    const row = decode({ maybe: null, z_top: 'z', 'Odd Name': 7, more: 'not asked for' });
    expect(Object.entries(row)).toEqual([
      ['zTop', 'z'],
      ['aPart', 7],
      ['maybe', null],
    ]);
  });

  test.each([
    ['email', 'email'],
    ['fullName', 'full_name'],
    ['line1', 'line1'],
    ['aBC', 'a_b_c'],
  ])('the field %s is the column %s', (field, column) => {
    expect(snakeCase(field)).toBe(column);
  });
});

describe('order', () => {
  test('integers by value, booleans false first, uuids and timestamps as their bytes', () => {
    expect([10, 9, -1, 0].toSorted(integer.compare)).toEqual([-1, 0, 9, 10]);
    expect([true, false].toSorted(boolean.compare)).toEqual([false, true]);
    const times = [
      '2026-01-01T00:00:00.000010Z',
      '2026-01-01T00:00:00.000002Z',
      '0001-01-01T00:00:00.000000Z',
    ];
    expect(times.toSorted(timestamp.compare)).toEqual(times.toReversed());
    expect(['b0', '9f', 'a1'].toSorted(uuid.compare)).toEqual(['9f', 'a1', 'b0']);
  });

  test('decimals and json have none', () => {
    expect(() => decimal.compare('1', '2')).toThrow(TypeError);
    expect(() => json.compare(1, 2)).toThrow(TypeError);
  });
});

describe('nullable and from', () => {
  test('change only what they say', () => {
    expect(nullable(from('c', integer))).toMatchObject({ name: 'integer', nullable: true, column: 'c' });
    expect(from('c', nullable(integer))).toMatchObject({ name: 'integer', nullable: true, column: 'c' });
    expect(integer).toMatchObject({ nullable: false, column: null });
  });

  test('nullable allows null in the schema', () => {
    expect(nullable(uuid).schema).toEqual({ type: ['string', 'null'], format: 'uuid' });
    expect(nullable(json).schema).toEqual({});
  });
});
