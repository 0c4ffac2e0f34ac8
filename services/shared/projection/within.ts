/**
 * Fields whose values stand inside a json or jsonb column. What a JSON value is as a value of a field is said once, here: for these, and
 * for what a fold of events gives (folded-root.ts). Pure.
 */
import { isLosslessNumber } from '../lossless-json.ts';
import { plainNumeral } from './canonical-json.ts';
import { ChangeError, SchemaError } from './change-event.ts';
import type { FieldType } from './field-types.ts';

/**
 * The field's value stands at `path` (a name, or names from the outside in) in the JSON of `column`. null there, or nothing, is null. One that is not of
 * the inner type is the matter of its row alone, for a JSON column says nothing of its values.
 * text, uuid, boolean: a JSON value of that kind. integer: a JSON number. timestamp: a JSON string of ISO 8601 in UTC, with up to six digits of a
 * second. decimal: a JSON string of digits, which stays as it is, or a JSON number, without the zeros at the end of its fraction. json: any.
 * @throws TypeError for a path of which Postgres and the fold would not think the same.
 */
export function within(column: string, path: string | readonly string[], inner: FieldType): FieldType {
  const names = typeof path === 'string' ? [path] : path;
  if (names.length === 0) throw new TypeError(`within ${column}: the path is empty`);
  // Postgres would count them as positions in a list.
  const position = names.find((name) => /^\s*[+-]?\d+\s*$/.test(name));
  if (position !== undefined) throw new TypeError(`within ${column}: ${position} is no name of a field`);
  if (inner.path !== null) throw new TypeError(`within ${column}: the inner type is within a column already`);
  const { json, text, order } = printing(inner, names);
  return {
    ...inner,
    column,
    path: names,
    decode: (value) => fieldOfJson(inner, value),
    sql: json,
    sqlValue: text,
    sqlOrder: order,
  };
}

/** What stands at the path: of objects alone, for in a list the path names nothing. undefined: nothing. */
export function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || isLosslessNumber(value))
      return undefined;
    value = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  }
  return value;
}

/** The field's value that a JSON value, which is not null, stands for. @throws ChangeError */
export function fieldOfJson(type: FieldType, value: unknown): unknown {
  try {
    switch (type.name) {
      case 'json':
        return value;
      case 'decimal':
        return decimalOf(value);
      default:
        return type.decode(value);
    }
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    throw new ChangeError(error.message, { cause: error });
  }
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

function decimalOf(value: unknown): string {
  if (typeof value === 'number' && Number.isFinite(value)) return plainNumeral(String(value));
  if (isLosslessNumber(value)) return plainNumeral(value.value);
  if (typeof value === 'string' && DECIMAL.test(value)) return value;
  throw new ChangeError(
    `expected a decimal, got ${typeof value === 'string' ? 'text that is none' : typeof value}`,
  );
}

interface Printing {
  /** As JSON; of a value that is not of the type, it is what stands there. */
  readonly json: (column: string) => string;
  /** As text, which a query compares. */
  readonly text: (column: string) => string;
  readonly order: (column: string) => string;
}

/** No value makes any of them fail: one row that the fold refuses must not take the view from all others. */
function printing({ name }: FieldType, path: readonly string[]): Printing {
  const names = `ARRAY[${path.map((each) => `'${each.replaceAll("'", "''")}'`).join(', ')}]`;
  const json = (column: string): string => `(${column} #> ${names})`;
  const raw = (column: string): string => `(${column} #>> ${names})`;
  const text = (column: string): string => {
    if (name === 'timestamp') return sixDigits(raw(column));
    if (name === 'decimal') return plainDigits(json(column), raw(column));
    return raw(column);
  };
  const isPrintedAsText = name === 'timestamp' || name === 'decimal';
  // jsonb orders numbers by their value, and false before true.
  const isOrderedAsJson = name === 'integer' || name === 'boolean';
  return {
    json: isPrintedAsText ? text : json,
    text,
    order: isOrderedAsJson
      ? (column) => `to_jsonb${json(column)}`
      : (column) => `${text(column)} COLLATE "C"`,
  };
}

function sixDigits(text: string): string {
  return `CASE WHEN ${text} ~ '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z$'
      THEN rpad(rtrim(${text}, 'Z') || CASE WHEN strpos(${text}, '.') = 0 THEN '.' ELSE '' END, 26, '0') || 'Z'
      ELSE ${text} END`;
}

function plainDigits(json: string, text: string): string {
  return `CASE WHEN jsonb_typeof(to_jsonb${json}) = 'number' THEN trim_scale(${text}::numeric)::text ELSE ${text} END`;
}
