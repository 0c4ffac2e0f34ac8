/**
 * JSON numbers that a double cannot hold, in BSON and back: Decimal128 where its 34 digits are enough, else the numeral's
 * text in a Binary of a user-defined subtype, which no JSON value maps to. Values without such numbers are passed as they are.
 */
import { Binary, Decimal128 } from 'mongodb';
import { LosslessNumber } from './lossless-json.ts';

const NUMERAL_SUBTYPE = 0x80;

/** A value ready for the driver. */
export function toBson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof LosslessNumber) return numeralToBson(value.value);
  return mapValues(value, toBson);
}

/** The inverse: a value as `parseLossless` would give it. */
export function fromBson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Decimal128) return new LosslessNumber(value.toString());
  if (value instanceof Binary) return new LosslessNumber(Buffer.from(value.value()).toString('utf8'));
  return mapValues(value, fromBson);
}

function numeralToBson(numeral: string): Decimal128 | Binary {
  try {
    return Decimal128.fromString(numeral);
  } catch {
    // Too long or too large for Decimal128, which refuses rather than rounds.
    return new Binary(Buffer.from(numeral, 'utf8'), NUMERAL_SUBTYPE);
  }
}

/** Copies only what changes, so that a value without exact numbers costs a walk and no memory. */
function mapValues(value: object, change: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const changed = value.map(change);
    return changed.some((inner, i) => inner !== value[i]) ? changed : value;
  }
  let entries: Array<[string, unknown]> | null = null;
  for (const [key, inner] of Object.entries(value)) {
    const changed = change(inner);
    if (changed === inner) continue;
    entries ??= Object.entries(value);
    const entry = entries.find(([name]) => name === key);
    if (entry) entry[1] = changed;
  }
  return entries === null ? value : Object.fromEntries(entries);
}
