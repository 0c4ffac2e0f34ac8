/** Equality of JSON values as the contract means it: any order of fields, numbers by their value, nothing else forgiven. Pure. */
import {
  compareLosslessNumber,
  isLosslessNumber,
  LosslessNumber,
  stringifyLossless,
} from './lossless-json.ts';

/** One place at which two values differ. */
export interface Difference {
  /** `addresses[0].city`; empty: the whole. */
  readonly path: string;
  /** JSON; null: there is nothing at this place. */
  readonly expected: string | null;
  readonly found: string | null;
}

/** Empty when they are the same. `undefined`: there is no such value. */
export function differences(expected: unknown, found: unknown, path = ''): readonly Difference[] {
  if (isNumber(expected) && isNumber(found) && compareLosslessNumber(exact(expected), exact(found)) === 0)
    return [];
  if (isContainer(expected) && isContainer(found) && Array.isArray(expected) === Array.isArray(found)) {
    const left = new Map(Object.entries(expected));
    const right = new Map(Object.entries(found));
    const inner = (name: string): string =>
      Array.isArray(expected) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
      differences(left.get(name), right.get(name), inner(name)),
    );
  }
  if (Object.is(expected, found)) return [];
  return [{ path, expected: toText(expected), found: toText(found) }];
}

/** For a person. */
export function tellDifference({ path, expected, found }: Difference): string {
  return `${path === '' ? 'document' : path}: ${expected ?? 'nothing'} expected, ${found ?? 'nothing'} found`;
}

function isNumber(value: unknown): value is number | LosslessNumber {
  return typeof value === 'number' || isLosslessNumber(value);
}

function exact(value: number | LosslessNumber): LosslessNumber {
  return typeof value === 'number' ? new LosslessNumber(String(value)) : value;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isLosslessNumber(value);
}

function toText(value: unknown): string | null {
  return value === undefined ? null : stringifyLossless(value);
}
