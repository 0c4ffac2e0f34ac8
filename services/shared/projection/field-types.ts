/**
 * The types a projected field can have. Each says the same thing four times: how Debezium's value is decoded, how SQL
 * prints the same value as JSON, its JSON schema, and how two values are ordered (as the source view orders them).
 */
import { parseLossless } from '../lossless-json.ts';
import { ChangeError, SchemaError } from './change-event.ts';

export interface FieldType {
  readonly name: string;
  readonly nullable: boolean;
  /** The SQL column; null: the field's name in snake_case. */
  readonly column: string | null;
  /** Names from the column's JSON in to the value that is decoded (within.ts); null: the column itself is decoded. */
  readonly path: readonly string[] | null;
  /** Decodes a value. @throws ChangeError when it is none of this type; SchemaError when no value of its column can be. */
  readonly decode: (raw: unknown) => unknown;
  /** The SQL expression that prints the column as the same JSON value. */
  sql(column: string): string;
  /** The SQL expression of the value that a query compares. */
  sqlValue(column: string): string;
  /** The SQL expression that orders rows as `compare` orders values. */
  sqlOrder(column: string): string;
  readonly schema: Readonly<Record<string, unknown>>;
  readonly compare: (a: unknown, b: unknown) => number;
  /** The value is copied from the row that this reference of the definition names, whose column is null only where `nullable`. */
  readonly copied?: { readonly reference: string; readonly nullable: boolean };
}

function wrong(expected: string, raw: unknown): ChangeError {
  return new ChangeError(`expected ${expected}, got ${raw === null ? 'null' : typeof raw}`);
}

/** A column's values are all of one type: one that is of another says that the column is. */
function ofType(kind: 'string' | 'number' | 'boolean', expected: string, raw: unknown): void {
  if (raw === null) throw wrong(expected, raw);
  if (typeof raw !== kind) throw new SchemaError(`expected ${expected}, got ${typeof raw}`);
}

/** Code point order, which is the byte order of UTF-8 and so of `COLLATE "C"`. */
function compareText(a: unknown, b: unknown): number {
  const left = String(a);
  const right = String(b);
  if (left === right) return 0;
  let i = 0;
  while (i < left.length && left.charCodeAt(i) === right.charCodeAt(i)) i++;
  // Two surrogate halves may differ where the pairs' order is decided by the half before.
  if (i > 0 && (left.charCodeAt(i) & 0xfc00) === 0xdc00 && (right.charCodeAt(i) & 0xfc00) === 0xdc00) i--;
  return (left.codePointAt(i) ?? -1) - (right.codePointAt(i) ?? -1);
}

const plain = (column: string): string => column;

function type(spec: Partial<FieldType> & Pick<FieldType, 'name' | 'decode' | 'schema'>): FieldType {
  return {
    nullable: false,
    column: null,
    path: null,
    sql: plain,
    sqlValue: plain,
    sqlOrder: plain,
    compare: compareText,
    ...spec,
  };
}

export const text: FieldType = type({
  name: 'text',
  decode: (raw) => {
    ofType('string', 'text', raw);
    return raw;
  },
  sqlOrder: (column) => `${column} COLLATE "C"`,
  schema: { type: 'string' },
});

export const uuid: FieldType = type({
  name: 'uuid',
  decode: text.decode,
  schema: { type: 'string', format: 'uuid' },
});

export const integer: FieldType = type({
  name: 'integer',
  decode: (raw) => {
    ofType('number', 'an integer', raw);
    if (!Number.isSafeInteger(raw)) throw wrong('an integer', raw);
    return raw;
  },
  compare: (a, b) => Number(a) - Number(b),
  schema: { type: 'integer' },
});

export const boolean: FieldType = type({
  name: 'boolean',
  decode: (raw) => {
    ofType('boolean', 'a boolean', raw);
    return raw;
  },
  compare: (a, b) => Number(a) - Number(b),
  schema: { type: 'boolean' },
});

const ZONED_TEXT = 'a timestamp with time zone in UTC, years 0001 to 9999';
/** What a column without time zone gives, or a date. */
const WITHOUT_ZONE = /^\d{4}-\d\d-\d\d(T[\d:.]+)?$/;
/** Debezium's ZonedTimestamp drops trailing zeros of the fraction; documents keep six digits, so text order is time order. */
const ZONED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/;
/** Nine of ten: as it is to be. */
const SIX_DIGITS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

export const timestamp: FieldType = type({
  name: 'timestamp',
  decode: (raw) => {
    ofType('string', ZONED_TEXT, raw);
    if (SIX_DIGITS.test(String(raw))) return raw;
    if (WITHOUT_ZONE.test(String(raw)))
      throw new SchemaError(`expected ${ZONED_TEXT}, got text without a zone`);
    const match = ZONED.exec(String(raw));
    if (!match) throw wrong(ZONED_TEXT, raw);
    return `${match[1]}.${(match[2] ?? '').padEnd(6, '0')}Z`;
  },
  sql: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`,
  schema: { type: 'string', format: 'date-time' },
});

/** numeric, as the text Postgres prints (`decimal.handling.mode=string`): no digit is lost. */
export const decimal: FieldType = type({
  name: 'decimal',
  decode: text.decode,
  sql: (column) => `${column}::text`,
  schema: { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]+)?$' },
  compare: () => {
    throw new TypeError('decimals cannot order a list');
  },
});

/** Postgres takes json nested some 10,000 deep; whoever walks that in JavaScript runs out of stack. */
const MAX_JSON_DEPTH = 1000;

/** json or jsonb, which arrives as its text. */
export const json: FieldType = type({
  name: 'json',
  decode: (raw) => {
    ofType('string', 'json as text', raw);
    let value: unknown;
    try {
      value = parseLossless(String(raw));
    } catch (error) {
      throw new ChangeError('expected json, got text that does not parse', { cause: error });
    }
    // Each level takes two brackets, so that short texts need no look.
    if (String(raw).length > 2 * MAX_JSON_DEPTH && isDeeperThan(MAX_JSON_DEPTH, value))
      throw new ChangeError(`expected json nested at most ${MAX_JSON_DEPTH} deep`);
    return value;
  },
  schema: {},
  compare: () => {
    throw new TypeError('json cannot order a list');
  },
});

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeeperThan(levels - 1, inner));
}

export function nullable(inner: FieldType): FieldType {
  const schema =
    'type' in inner.schema ? { ...inner.schema, type: [inner.schema['type'], 'null'] } : inner.schema;
  return { ...inner, nullable: true, schema };
}

/** With a value that is shown where documents are described: in OpenAPI. */
export function like(example: unknown, inner: FieldType): FieldType {
  return { ...inner, schema: { ...inner.schema, examples: [example] } };
}

/** The field comes from `column` instead of its own name in snake_case. */
export function from(column: string, inner: FieldType): FieldType {
  return { ...inner, column };
}

/** The value stands in the row that the reference names: null while there is no such row, whatever the column itself may be. */
export function copied(reference: string, inner: FieldType): FieldType {
  return { ...nullable(inner), copied: { reference, nullable: inner.nullable } };
}

export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
