import { ChangeError } from './change-event.ts';
import type { RawRow } from './change-event.ts';
import type { Fields } from './definition.ts';
import { snakeCase } from './field-types.ts';
import type { FieldType } from './field-types.ts';

/** The decoded fields of one row, in the order they were declared. */
export type Row = Record<string, unknown>;

export function columnOf(name: string, type: FieldType): string {
  return type.column ?? snakeCase(name);
}

/** Compiles the fields of a table into a decoder. It throws ChangeError naming table and column. */
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

/** Decodes one column. An absent column is an error: the source no longer gives what the projection needs. */
export function decodeColumn(table: string, column: string, type: FieldType, raw: RawRow): unknown {
  const value = Object.hasOwn(raw, column) ? raw[column] : undefined;
  if (value === null && type.nullable) return null;
  if (value === undefined) throw new ChangeError(`${table}.${column} is missing from the change`);
  try {
    return type.decode(value);
  } catch (error) {
    if (!(error instanceof ChangeError)) throw error;
    throw new ChangeError(`${table}.${column}: ${error.message}`, { cause: error });
  }
}
