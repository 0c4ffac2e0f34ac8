import { ChangeError, SchemaError } from './change-event.ts';
import type { RawRow } from './change-event.ts';
import type { Fields } from './definition.ts';
import { json, snakeCase } from './field-types.ts';
import type { FieldType } from './field-types.ts';
import { valueAt } from './within.ts';

/** The decoded fields of one row, in the order they were declared. */
export type Row = Record<string, unknown>;

export function columnOf(name: string, type: FieldType): string {
  return type.column ?? snakeCase(name);
}

/** Without those that are copied from rows of other tables. */
export function ownFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, type]) => type.copied === undefined));
}

/** Compiles the fields of a table into a decoder. It throws ChangeError or SchemaError naming table and column. */
export function rowDecoder(table: string, fields: Fields): (raw: RawRow) => Row {
  const columns = Object.entries(fields).map(([name, type]) => ({
    name,
    column: columnOf(name, type),
    type,
  }));
  return (raw) => {
    const row: Row = {};
    const parsed: ParsedColumns = new Map();
    for (const { name, column, type } of columns) row[name] = decodeColumn(table, column, type, raw, parsed);
    return row;
  };
}

/** The columns of one row that fields stand in, each parsed once for all of them. */
type ParsedColumns = Map<string, unknown>;

/** Decodes one field of a row. @throws SchemaError when its column is absent or of another type: so it will be in every row. */
export function decodeColumn(
  table: string,
  column: string,
  type: FieldType,
  raw: RawRow,
  parsed: ParsedColumns = new Map(),
): unknown {
  const value = Object.hasOwn(raw, column) ? raw[column] : undefined;
  if (value === null && type.nullable) return null;
  if (value === undefined) throw new SchemaError(`${table}.${column} is missing from the changes`);
  const { path } = type;
  if (path === null) return naming(`${table}.${column}`, () => type.decode(value));
  if (!parsed.has(column))
    parsed.set(
      column,
      naming(`${table}.${column}`, () => json.decode(value)),
    );
  const inner = valueAt(parsed.get(column), path) ?? null;
  if (inner === null && type.nullable) return null;
  return naming(tellColumn(table, column, type), () => type.decode(inner));
}

/** For a person: `orders.total`, or `events.data → total`. */
export function tellColumn(table: string, column: string, { path }: FieldType): string {
  return [`${table}.${column}`, ...(path ?? [])].join(' → ');
}

function naming<T>(where: string, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof SchemaError) throw new SchemaError(`${where}: ${error.message}`, { cause: error });
    if (!(error instanceof ChangeError)) throw error;
    throw new ChangeError(`${where}: ${error.message}`, { cause: error });
  }
}
