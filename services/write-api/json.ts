/**
 * JSON as commands carry it: a number keeps even its text, since jsonb keeps 1.10 apart from 1.1. (The read side's
 * parseLossless in shared/ keeps the value only, which is what a document needs.) `__proto__` is a key like any other, and
 * of duplicate keys the last one counts, as in JSON.parse and in jsonb.
 */
import { LosslessNumber, parse } from 'lossless-json';

export type Json = null | boolean | number | string | LosslessNumber | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Somewhere in the text may stand a number that a double would print otherwise: with a fraction, an exponent, 16 digits
 * or more, or a negative zero. A hit inside a string only costs the slower parser, a miss means that JSON.parse loses nothing.
 */
const MAY_LOSE = /\d{16}|\d[.eE]|-0/;

/** @throws SyntaxError when `text` is not JSON, or nested deeper than the parser's stack. */
export function parseJson(text: string): Json {
  if (!MAY_LOSE.test(text)) {
    const value: Json = JSON.parse(text);
    return value;
  }
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser makes nothing else
    return parse(text, null, { parseNumber, onDuplicateKey: ({ newValue }) => newValue }) as Json;
  } catch (error) {
    if (error instanceof RangeError) throw new SyntaxError('nested too deeply', { cause: error });
    throw error;
  }
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LosslessNumber)
  );
}

function parseNumber(text: string): number | LosslessNumber {
  const number = Number(text);
  return String(number) === text ? number : new LosslessNumber(text);
}
