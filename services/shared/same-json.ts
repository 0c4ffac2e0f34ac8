/** Equality of JSON values as the contract means it: any order of fields, numbers by their value, nothing else forgiven. */
import { compareLosslessNumber, isLosslessNumber, LosslessNumber } from 'lossless-json';

/** Paths at which the two differ, with both values; empty when they are the same. */
export function differences(expected: unknown, actual: unknown, path = '$'): readonly string[] {
  if (isNumber(expected) && isNumber(actual)) {
    return compareLosslessNumber(exact(expected), exact(actual)) === 0 ? [] : [tell(path, expected, actual)];
  }
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length)
      return [`${path}: ${expected.length} elements expected, ${actual.length} found`];
    return expected.flatMap((each, i) => differences(each, actual[i], `${path}[${i}]`));
  }
  if (isObject(expected) && isObject(actual)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...names].flatMap((name) => {
      const inner = `${path}.${name}`;
      if (!Object.hasOwn(expected, name)) return [`${inner}: not expected, found ${show(actual[name])}`];
      if (!Object.hasOwn(actual, name)) return [`${inner}: ${show(expected[name])} expected, missing`];
      return differences(expected[name], actual[name], inner);
    });
  }
  return Object.is(expected, actual) ? [] : [tell(path, expected, actual)];
}

function isNumber(value: unknown): value is number | LosslessNumber {
  return typeof value === 'number' || isLosslessNumber(value);
}

function exact(value: number | LosslessNumber): LosslessNumber {
  return typeof value === 'number' ? new LosslessNumber(String(value)) : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
}

function tell(path: string, expected: unknown, actual: unknown): string {
  return `${path}: ${show(expected)} expected, ${show(actual)} found`;
}

function show(value: unknown): string {
  return isLosslessNumber(value) ? value.value : (JSON.stringify(value) ?? 'undefined').slice(0, 200);
}
