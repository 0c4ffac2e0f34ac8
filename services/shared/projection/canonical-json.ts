/** One text for each JSON value: any order of fields and any spelling of a number give the same, as jsonb's own equality has it. Pure. */
import { isLosslessNumber } from '../lossless-json.ts';
import { ChangeError } from './change-event.ts';

export function canonicalJson(value: unknown): string {
  if (typeof value === 'number') return canonicalNumeral(String(value));
  if (isLosslessNumber(value)) return canonicalNumeral(value.value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, inner]) => `${JSON.stringify(name)}:${canonicalJson(inner)}`).join(',')}}`;
}

const NUMERAL = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
/** Up to so many places before the point, and behind it, a number is written out: JavaScript's own bounds. */
const PLACES_BEFORE = 21;
const PLACES_BEHIND = 6;

/** As JavaScript writes a number, for those too that it cannot hold. */
function canonicalNumeral(numeral: string): string {
  const { sign, digits, point } = partsOf(numeral);
  if (digits === '') return '0';
  if (point <= PLACES_BEFORE && point > -PLACES_BEHIND) return `${sign}${writtenOut(digits, point)}`;
  const power = point - 1;
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
  return `${sign}${digits.slice(0, 1)}${rest}e${power < 0 ? '' : '+'}${power}`;
}

/** What Postgres' numeric holds on either side of the point; jsonb takes no number with more. */
const MOST_PLACES = 131_072;

/** A JSON number without an exponent and without zeros that say nothing, as Postgres' numeric writes it. @throws ChangeError when it can hold no such number. */
export function plainNumeral(numeral: string): string {
  const { sign, digits, point } = partsOf(numeral);
  if (digits === '') return '0';
  if (Math.abs(point) > MOST_PLACES) throw new ChangeError('expected a decimal, got a number that is none');
  return `${sign}${writtenOut(digits, point)}`;
}

/** The value is 0.<digits> times ten to the power of `point`. No digits: it is 0. */
function partsOf(numeral: string): {
  readonly sign: string;
  readonly digits: string;
  readonly point: number;
} {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMERAL.exec(numeral) ?? [];
  const leading = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = leading.replace(/0+$/, '');
  return { sign, digits, point: Number(exponent) + leading.length - fraction.length };
}

function writtenOut(digits: string, point: number): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
