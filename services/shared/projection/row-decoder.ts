import { ChangeError, SchemaError } from './change-event.ts';
import type { RawRow } from './change-event.ts';
import type { Fields } from './definition.ts';
import { snakeCase } from './field-types.ts';
import type { FieldType } from './field-types.ts';

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
    for (const { name, column, type } of columns) row[name] = decodeColumn(table, column, type, raw);
    return row;
  };
}

/** Decodes one column. @throws SchemaError when the column is absent or of another type: so it will be in every row. */
export function decodeColumn(table: string, column: string, type: FieldType, raw: RawRow): unknown {
  const value = Object.hasOwn(raw, column) ? raw[column] : undefined;
  if (value === null && type.nullable) return null;
  if (value === undefined) throw new SchemaError(`${table}.${column} is missing from the changes`);
  try {
    return type.decode(value);
  } catch (error) {
    if (error instanceof SchemaError)
      throw new SchemaError(`${table}.${column}: ${error.message}`, { cause: error });
    if (!(error instanceof ChangeError)) throw error;
    throw new ChangeError(`${table}.${column}: ${error.message}`, { cause: error });
  }
}
