/** JSON values on their way: text → value → BSON → value → text, without a digit or a key lost. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { parse } from 'lossless-json';
import { fromBson, toBson } from '../../services/shared/exact-bson.ts';
import { LosslessNumber, parseLossless, stringifyLossless } from '../../services/shared/lossless-json.ts';
import { arbitraryJson, arbitraryNumeral } from '../support/arbitrary-json.ts';
import { deepFreeze } from '../support/deep-freeze.ts';
import { throughBson } from '../support/pure-projector.ts';
import { differences } from '../support/same-json.ts';

/** By lossless-json alone, every number exact: the truth that our own way is held against. */
const truth = (text: string): unknown => parse(text);

const stored = (text: string): unknown => {
  const { v } = throughBson({ v: toBson(deepFreeze(parseLossless(text))) });
  return fromBson(deepFreeze(v));
};

describe('parseLossless', () => {
  test.each(['0', '-1', '1.10', '0.1', '9007199254740991', '123456789.123456', '1e2', '1E-7', '5e-324'])(
    '%s is a plain number, for a double holds it',
    (numeral) => {
      expect(parseLossless(numeral)).toBe(Number(numeral));
    },
  );

  test.each([
    '9007199254740993',
    '12345678901234567890',
    '-12345678901234567890.5',
    '0.12345678901234567890',
    '1e400',
    '1e-400',
    '1234567890123456789012345678901234567890',
  ])('%s is kept as it is written, for a double does not hold it', (numeral) => {
    expect(parseLossless(numeral)).toEqual(new LosslessNumber(numeral));
    expect(parseLossless(`{"a": [${numeral}]}`)).toEqual({ a: [new LosslessNumber(numeral)] });
  });

  test('a numeral inside a string is a string', () => {
    expect(parseLossless('"12345678901234567890"')).toBe('12345678901234567890');
    expect(parseLossless('{"n": "1e400", "m": 1e400}')).toMatchObject({ n: '1e400' });
  });

  test.each([
    '',
    '{',
    '{"a":1,}',
    '01',
    '1e',
    'undefined',
    'NaN',
    "{'a':1}",
    '[12345678901234567890',
    '1e400x',
  ])('refuses %j', (text) => {
    expect(() => parseLossless(text)).toThrow(SyntaxError);
  });

  test.each(['{"__proto__": {"polluted": true}}', '{"__proto__": {"polluted": true}, "n": 1e400}'])(
    'takes __proto__ for a key like any other: %s',
    (text) => {
      const value = parseLossless(text);
      expect(Object.keys(value as object)).toContain('__proto__');
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    },
  );

  test('any text: the value is the one written, and it can be written again', () => {
    fc.assert(
      fc.property(arbitraryJson, (text) => {
        const value = parseLossless(text);
        expect(differences(truth(text), value)).toEqual([]);
        expect(differences(truth(text), truth(stringifyLossless(value)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('exact-bson', () => {
  test.each([
    '12345678901234567890',
    '1234567890123456789012345678901234',
    '1234567890123456789012345678901234567890',
    '-0.1234567890123456789012345678901234567890',
    '1e400',
    '1e6144',
    '1e6145',
    '9.999999999999999999999999999999999e6144',
    '1e-6176',
    '1e-6177',
    '1e131071',
    `1${'0'.repeat(400)}`,
  ])('keeps the numeral %s', (numeral) => {
    expect(differences(truth(`{"n": ${numeral}}`), stored(`{"n": ${numeral}}`))).toEqual([]);
  });

  test.each([
    '{"_bsontype": "ObjectId"}',
    '{"_bsontype": 1, "n": 1e400}',
    '[{"a": {"_bsontype": null}}]',
    '{"$ref": "a.b", "$id": 1}',
    '{"$ref": "a", "$id": 12345678901234567890, "$db": "c", "more": [1e400]}',
    '{"$ref": "a", "$id": {"$ref": "b", "$id": 2}}',
    '{"$id": 1, "$ref": "the order of the keys"}',
  ])('keeps an object that the driver would take for a type of its own: %s', (text) => {
    const back = stored(text);
    expect(differences(truth(text), back)).toEqual([]);
    // Still an object to everyone who asks, and not an instance of the driver's class.
    expect(Object.getPrototypeOf(Array.isArray(back) ? {} : back)).toBe(Object.prototype);
    expect(JSON.parse(stringifyLossless(back))).toEqual(JSON.parse(text));
  });

  test.each([50, 100, 1000])(
    'keeps a value nested %i deep, and gives MongoDB no more than 100 levels',
    (n) => {
      const text = `${'{"a": ['.repeat(n / 2)}1e400${']}'.repeat(n / 2)}`;
      expect(stringifyLossless(stored(text)).toLowerCase().replace('+', '')).toBe(text.replaceAll(' ', ''));
      expect(depthOf(toBson(parseLossless(text)))).toBeLessThan(99);
    },
  );

  test('any JSON value goes through BSON and back, and neither way changes what it is given', () => {
    fc.assert(
      fc.property(arbitraryJson, (text) => {
        expect(differences(truth(text), stored(text))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('any numeral, bare', () => {
    fc.assert(
      fc.property(arbitraryNumeral, (numeral) => {
        expect(differences(truth(numeral), stored(numeral))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('a value without exact numbers is passed as it is, not copied', () => {
    const value = { a: [1, 'x', { b: null, c: [true] }] };
    expect(toBson(value)).toBe(value);
    expect(fromBson(value)).toBe(value);
  });

  test('only the way down to an exact number is copied', () => {
    const plain = { b: 1 };
    const value = { plain, deep: [{ n: new LosslessNumber('1e400') }] };
    expect((toBson(value) as typeof value).plain).toBe(plain);
  });
});

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null || '_bsontype' in value) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}
