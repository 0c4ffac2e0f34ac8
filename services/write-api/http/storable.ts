/** What JSON can say and Postgres cannot keep, found before a statement is sent, so that the answer can name the place. */
import { LosslessNumber } from 'lossless-json';
import type { FieldError } from '../../shared/problem.ts';

/** MongoDB refuses documents nested deeper than 100; the profile around a preference takes a few of them. */
export const MAX_DEPTH = 64;
const MAX_ERRORS = 20;

/** Where `value` has a NUL, half a surrogate pair, or too deep a nesting; at most 20 places. */
export function findUnstorable(value: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  visit(value, '', 0, errors);
  return errors;
}

function visit(value: unknown, pointer: string, depth: number, errors: FieldError[]): void {
  if (errors.length >= MAX_ERRORS) return;
  if (typeof value === 'string') {
    const detail = flawOf(value);
    if (detail !== null) errors.push({ pointer, detail });
  } else if (typeof value === 'object' && value !== null && !(value instanceof LosslessNumber)) {
    if (depth >= MAX_DEPTH) {
      errors.push({ pointer, detail: `is nested deeper than ${MAX_DEPTH}` });
      return;
    }
    const entries: [string, unknown][] = Object.entries(value);
    for (const [key, child] of entries) {
      const detail = flawOf(key);
      if (detail === null) visit(child, `${pointer}/${escape(key)}`, depth + 1, errors);
      else errors.push({ pointer, detail: `has a key that ${detail}` });
    }
  }
}

function flawOf(text: string): string | null {
  if (text.includes('\0')) return 'contains the character U+0000';
  return /\p{Surrogate}/u.test(text) ? 'contains half a surrogate pair' : null;
}

function escape(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
