/** What `at` of a read names: a time, or a version. */
import type { ProblemError } from '../../shared/problem.ts';
import { invalidParameter } from '../http/invalid-parameter.ts';

export type Moment =
  /** Microseconds since 1970. */
  { readonly kind: 'time'; readonly at: number } | { readonly kind: 'version'; readonly version: number };

const VERSION = /^(?:0|[1-9]\d{0,14})$/;
const TIME = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/;

/** @throws ProblemError 400 */
export function readMoment(text: string): Moment {
  if (VERSION.test(text)) return { kind: 'version', version: Number(text) };
  const at = microsOf(text);
  if (at === null) throw badMoment('must be a version, or a time as 2026-11-23T18:00:00.123456Z');
  return { kind: 'time', at };
}

/** Microseconds since 1970 of a time as RFC 3339 writes it; null when it is none. */
export function microsOf(text: string): number | null {
  const [, date = '', seconds = '', fraction = '', zone = ''] = TIME.exec(text) ?? [];
  const day = Date.parse(date);
  // Date takes the 31st of any month, and goes on into the next.
  if (Number.isNaN(day) || !new Date(day).toISOString().startsWith(date)) return null;
  const millis = Date.parse(`${date}T${seconds}${zone.toUpperCase()}`);
  return Number.isNaN(millis) ? null : millis * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}

export function badMoment(detail: string): ProblemError {
  return invalidParameter('at', detail);
}
