/** Figures as a person reads them. A thing that is not known is a dash. Pure. */
export const NONE = '–';

type Maybe = number | null | undefined;

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function count(value: Maybe): string {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/** A rate, a second: one digit behind the point while it says something. */
export function rate(value: Maybe): string {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 10 ? tenths.format(value) : whole.format(value);
}

export function bytes(value: Maybe): string {
  if (value === null || value === undefined) return NONE;
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = value;
  let unit = 0;
  for (; rest >= 1000 && unit < units.length - 1; unit++) rest /= 1000;
  return `${rest < 10 && unit > 0 ? tenths.format(rest) : whole.format(rest)} ${units[unit]}`;
}

export function milliseconds(value: Maybe): string {
  if (value === null || value === undefined) return NONE;
  return value < 1000 ? `${whole.format(value)} ms` : seconds(value / 1000);
}

export function seconds(value: Maybe): string {
  if (value === null || value === undefined) return NONE;
  if (value < 60) return `${tenths.format(value)} s`;
  if (value < 3600) return `${Math.floor(value / 60)} min ${Math.floor(value % 60)} s`;
  if (value < 172_800) return `${Math.floor(value / 3600)} h ${Math.floor((value % 3600) / 60)} min`;
  return `${Math.floor(value / 86_400)} days`;
}

/** Without tenths: for ages that are told once a second. */
export function age(value: number): string {
  return value < 60 ? `${Math.floor(value)} s` : seconds(value);
}

/** Time of the day, as the reader's clock shows it. */
export function clock(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return NONE;
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? iso : at.toLocaleTimeString('en-GB');
}

/** With the day, where it is not today's. */
export function moment(iso: string | null | undefined): string {
  if (iso === null || iso === undefined) return NONE;
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const isToday = at.toDateString() === new Date().toDateString();
  const day = at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return isToday ? clock(iso) : `${day}, ${clock(iso)}`;
}

/** `1 change`, `2 changes` */
export function many(amount: number, one: string, more = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : more}`;
}

/** JSON with its lines, where it is JSON. A text that is none is given back as it is. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
