/**
 * JSON values that plain BSON would not give back, in BSON and back. Numbers that a double cannot hold: Decimal128 where
 * its 34 digits are enough, else the numeral's text. Objects that the driver would take for a type of its own, and what is
 * nested deeper than MongoDB keeps: their JSON text. Texts stand in a Binary of a user-defined subtype, which no JSON value maps to. All else is passed as it is.
 */
import { Binary, Decimal128 } from 'mongodb';
import { LosslessNumber, parseLossless, stringifyLossless } from './lossless-json.ts';
import { Packed } from './projection/document.ts';

const NUMERAL_SUBTYPE = 0x80;
const JSON_SUBTYPE = 0x81;

/** An object with `_bsontype` is refused by the driver, one with `$ref` may come back as a DBRef; both are data here. */
const DRIVER_KEYS = ['_bsontype', '$ref'];

/** MongoDB promises 100 levels, and whatever is around the value takes a few. */
const MAX_DEPTH = 90;

/** A value ready for the driver; what is packed is so already. */
export function toBson(value: unknown): unknown {
  return encode(value, 0);
}

function encode(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Packed) return value;
  if (value instanceof LosslessNumber) return numeralToBson(value.value);
  if (depth > MAX_DEPTH || DRIVER_KEYS.some((key) => Object.hasOwn(value, key)))
    return binary(stringifyLossless(value), JSON_SUBTYPE);
  return mapValues(value, (inner) => encode(inner, depth + 1));
}

/** The inverse: a value as `parseLossless` would give it. */
export function fromBson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Packed) return value;
  if (value instanceof Decimal128) return new LosslessNumber(value.toString());
  if (value instanceof Binary) return fromText(value);
  return mapValues(value, fromBson);
}

function numeralToBson(numeral: string): Decimal128 | Binary {
  try {
    return Decimal128.fromString(numeral);
  } catch {
    // Too long or too large for Decimal128, which refuses rather than rounds.
    return binary(numeral, NUMERAL_SUBTYPE);
  }
}

function binary(text: string, subtype: number): Binary {
  return new Binary(Buffer.from(text, 'utf8'), subtype);
}

function fromText(value: Binary): unknown {
  const text = Buffer.from(value.value()).toString('utf8');
  if (value.sub_type === NUMERAL_SUBTYPE) return new LosslessNumber(text);
  if (value.sub_type === JSON_SUBTYPE) return parseLossless(text);
  throw new TypeError(`a document holds a Binary of subtype ${value.sub_type}, which is none of ours`);
}

/** Copies only what changes, so that a value without exact numbers costs a walk and no memory. */
function mapValues(value: object, change: (inner: unknown) => unknown): unknown {
  if (Array.isArray(value)) {
    const changed = value.map(change);
    return changed.some((inner, i) => inner !== value[i]) ? changed : value;
  }
  let changes: Map<string, unknown> | null = null;
  for (const key in value) {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (typeof inner !== 'object' || inner === null) continue; // never changed
    const changed = change(inner);
    if (changed !== inner) (changes ??= new Map()).set(key, changed);
  }
  if (changes === null) return value;
  const known = changes;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, known.has(key) ? known.get(key) : inner]),
  );
}
