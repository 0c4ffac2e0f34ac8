/** One text for each JSON value: any order of fields and any spelling of a number give the same, as jsonb's own equality has it. Pure. */
import { isLosslessNumber } from '../lossless-json.ts';

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
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMERAL.exec(numeral) ?? [];
  const leading = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = leading.replace(/0+$/, '');
  if (digits === '') return '0';
  // The value is 0.<digits> times ten to this power.
  const point = Number(exponent) + whole.length - (whole.length + fraction.length - leading.length);
  return `${sign}${written(digits, point)}`;
}

function written(digits: string, point: number): string {
  if (point > PLACES_BEFORE || point <= -PLACES_BEHIND) {
    const power = point - 1;
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${digits.slice(0, 1)}${rest}e${power < 0 ? '' : '+'}${power}`;
  }
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (digits.length <= point) return digits.padEnd(point, '0');
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}
