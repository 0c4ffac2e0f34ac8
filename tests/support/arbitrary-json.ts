/** Texts of JSON values as a jsonb column can hold them: exact decimals of any size, any key, nothing that Postgres refuses. */
import * as fc from 'fast-check';

/** Keys that mean something to JavaScript, to MongoDB or to its driver. */
const TELLING_KEYS = [
  '',
  '__proto__',
  'constructor',
  'toJSON',
  'toBSON',
  'length',
  'a.b',
  '$set',
  '$ref',
  '$id',
  '$db',
  '_bsontype',
  '_id',
  'isLosslessNumber',
  'value',
  '0',
];

const digits = (max: number): fc.Arbitrary<string> =>
  fc.array(fc.nat(9), { minLength: 1, maxLength: max }).map((all) => all.join(''));

export const arbitraryNumeral: fc.Arbitrary<string> = fc
  .record({
    sign: fc.constantFrom('', '-'),
    whole: fc.oneof(digits(5), digits(45)).map((all) => all.replace(/^0+(?=\d)/, '')),
    fraction: fc.option(fc.oneof(digits(5), digits(45)), { nil: null }),
    exponent: fc.option(fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -7000, max: 7000 })), {
      nil: null,
    }),
  })
  .map(
    ({ sign, whole, fraction, exponent }) =>
      sign +
      whole +
      (fraction === null ? '' : `.${fraction}`) +
      (exponent === null ? '' : `${exponent % 2 === 0 ? 'e' : 'E'}${exponent}`),
  );

const text = fc.string({ unit: 'binary', maxLength: 20 }).map((value) => value.replaceAll('\0', ''));
export const arbitraryKey: fc.Arbitrary<string> = fc.oneof(fc.constantFrom(...TELLING_KEYS), text);

export const arbitraryJson: fc.Arbitrary<string> = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '{}', '[]', '""'),
    arbitraryNumeral,
    text.map((value) => JSON.stringify(value)),
    fc.array(tie('json'), { maxLength: 5 }).map((all) => `[${all.join(', ')}]`),
    fc
      .uniqueArray(fc.tuple(arbitraryKey, tie('json')), { maxLength: 6, selector: ([key]) => key })
      .map((all) => `{${all.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ')}}`),
  ),
})).json;
