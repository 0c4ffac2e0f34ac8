/** What would be different in a document, field by field: a line a place, for a person. Pure. */
import { isLosslessNumber, stringifyLossless } from '../../services/shared/lossless-json.ts';

export interface Difference {
  /** `addresses[0].city` */
  readonly path: string;
  /** JSON; null where there is nothing. */
  readonly before: string | null;
  readonly after: string | null;
}

/** `undefined`: there is no such value. */
export function differencesOf(before: unknown, after: unknown, path = ''): readonly Difference[] {
  const told = { before: toText(before), after: toText(after) };
  if (told.before === told.after) return [];
  if (isContainer(before) && isContainer(after) && Array.isArray(before) === Array.isArray(after)) {
    const left = new Map(Object.entries(before));
    const right = new Map(Object.entries(after));
    const inner = (name: string): string =>
      Array.isArray(before) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`;
    return [...new Set([...left.keys(), ...right.keys()])].flatMap((name) =>
      differencesOf(left.get(name), right.get(name), inner(name)),
    );
  }
  return [{ path, ...told }];
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isLosslessNumber(value);
}

function toText(value: unknown): string | null {
  return value === undefined ? null : stringifyLossless(value);
}
