/**
 * JSON whose numbers keep their value. A numeral that a double cannot hold (12345678901234567890, 1e400) becomes a
 * `LosslessNumber`; every other value is what `JSON.parse` gives. Needed because jsonb numbers are exact decimals.
 */
import { isSafeNumber, LosslessNumber, parse, stringify } from 'lossless-json';

export { compareLosslessNumber, isLosslessNumber, LosslessNumber } from 'lossless-json';

/**
 * Up to 15 significant digits without an exponent survive a double; anything longer is looked at one by one. A numeral stands behind what
 * cannot be within a UUID or a time, so that those, which look like exponents, do not make every document slow.
 */
const MAY_HOLD_LONG_NUMERAL = /(?:^|[\s:,[])-?(?:[\d.]{16}|\d[\d.]*[eE])/;

/** @throws SyntaxError when `text` is not JSON. */
export function parseLossless(text: string): unknown {
  if (!MAY_HOLD_LONG_NUMERAL.test(text)) return JSON.parse(text);
  return parse(text, null, (numeral) =>
    isSafeNumber(numeral) ? Number(numeral) : new LosslessNumber(numeral),
  );
}

/** The inverse of `parseLossless`; `value` must be a JSON value (no undefined, no functions). */
export function stringifyLossless(value: unknown): string {
  const text = stringify(value);
  if (text === undefined) throw new TypeError('not a JSON value');
  return text;
}
