/**
 * The same document, computed by Postgres from the tables: what a document must equal (invariant 1), and what
 * `consistency=source`, verification and rebuild read. One row a root row: `id`, `document json`, `revision`, and a
 * column a lookup, so that a query by it uses the table's own index.
 * `json`, not `jsonb`, so that numbers and the order of fields stay as they are printed.
 *
 * Of a folded root it prints the events of each stream, of which source-document.ts makes the document.
 */
import type {
  EmbedDefinition,
  Fields,
  FoldedRoot,
  ProjectionDefinition,
  ReferenceDefinition,
} from './definition.ts';
import { fieldIn } from './definition.ts';
import { json } from './field-types.ts';
import { columnOf } from './row-decoder.ts';

/** Schema that holds the source views and readside's own tables. */
export const SOURCE_SCHEMA = 'readside';

export interface SourceView {
  /** Qualified and quoted. */
  readonly name: string;
  /** Statements that create or replace the view; run as the owner of the tables. */
  readonly sql: string;
  /** Lookup parameter → the view's column, quoted, that holds what it looks for, as it stands in the table. None of a folded root. */
  readonly lookupColumns: Readonly<Record<string, string>>;
}

/** `others`: views that are installed with it, and belong to it. */
export function compileSourceView(
  definition: ProjectionDefinition,
  others: readonly SourceView[] = [],
): SourceView {
  const name = `${quote(SOURCE_SCHEMA)}.${quote(`${definition.name}_source`)}`;
  const { root } = definition;
  const { select, lookupColumns } =
    root.kind === 'folded' ? { select: selectEvents(root), lookupColumns: {} } : selectDocuments(definition);
  return { name, sql: [created(name, select), ...others.map(({ sql }) => sql)].join('\n'), lookupColumns };
}

/** Grouped by the stream, so that whoever asks for one, or for a range of them, has it from an index that begins with its column. */
function selectEvents({ table, key, position, fields, event }: FoldedRoot): string {
  const columnFor = (name: string): string => {
    const type = fields[name];
    if (!type) throw new TypeError(`${table}: ${name} is not among the fields`);
    return `r.${quote(columnOf(name, type))}`;
  };
  const at = columnFor(position);
  const printed = `SELECT e FROM (SELECT ${fieldColumns(event, 'r').join(', ')}) e`;
  return [
    `SELECT ${columnFor(key)} AS id,`,
    `  json_agg((SELECT row_to_json(d) FROM (SELECT ${at} AS position, (${printed}) AS event) d) ORDER BY ${at}) AS document,`,
    `  max(${at}) AS revision`,
    `FROM public.${quote(table)} r`,
    `GROUP BY ${columnFor(key)}`,
  ].join('\n');
}

function selectDocuments(
  definition: ProjectionDefinition,
): Pick<SourceView, 'lookupColumns'> & { readonly select: string } {
  const { root, embed = {}, references = {}, revision, lookups = {} } = definition;
  const key = root.fields[root.key];
  if (!key) throw new TypeError(`${definition.name}: the key ${root.key} is not among the fields`);
  const keyColumn = `r.${quote(columnOf(root.key, key))}`;
  const columns = [
    ...fieldColumns(root.fields, 'r', references),
    ...Object.entries(embed).map(([name, each]) => named(name, embedded(each, keyColumn, references))),
  ];
  const revisionField = revision === undefined ? undefined : root.fields[revision];
  const revisionSql =
    revision === undefined || !revisionField
      ? 'null::integer'
      : revisionField.sqlValue(`r.${quote(columnOf(revision, revisionField))}`);
  const lookupColumns = Object.fromEntries(
    Object.keys(lookups).map((parameter) => [parameter, quote(`lookup_${parameter}`)]),
  );
  const lookupSql = Object.entries(lookups).flatMap(([parameter, { field }]) => {
    const type = root.fields[field];
    if (!type) return [];
    return [`${type.sqlValue(`r.${quote(columnOf(field, type))}`)} AS ${lookupColumns[parameter]}`];
  });
  const select = [
    `SELECT ${keyColumn} AS id,`,
    `  (SELECT row_to_json(d) FROM (SELECT\n    ${columns.join(',\n    ')}\n  ) d) AS document,`,
    `  ${[`${revisionSql} AS revision`, ...lookupSql].join(',\n  ')}`,
    `FROM public.${quote(root.table)} r`,
  ].join('\n');
  return { select, lookupColumns };
}

/** A row a row of the table: `id`, and as `document` its columns under their own names. */
export function compileRowView(view: string, table: string, keyColumn: string, columns: Fields): SourceView {
  const name = `${quote(SOURCE_SCHEMA)}.${quote(whole(view))}`;
  const row = `SELECT ${fieldColumns(columns, 'r').join(', ')}`;
  const document = `(SELECT row_to_json(d) FROM (${row}) d) AS document`;
  const select = `SELECT r.${quote(keyColumn)} AS id, ${document}\nFROM public.${quote(table)} r`;
  return { name, sql: created(name, select), lookupColumns: {} };
}

// Dropped first: CREATE OR REPLACE cannot change a column's type between two versions of a projection.
function created(name: string, select: string): string {
  return `DROP VIEW IF EXISTS ${name};\nCREATE VIEW ${name} AS\n${select};`;
}

type ReferencesOf = Readonly<Record<string, ReferenceDefinition>>;

function embedded(embed: EmbedDefinition, keyColumn: string, references: ReferencesOf): string {
  const where = `FROM public.${quote(embed.table)} c WHERE c.${quote(embed.parent)} = ${keyColumn}`;
  if (embed.kind === 'map') {
    const value = embed.value.sql(`c.${quote(embed.value.column ?? 'value')}`);
    return `coalesce((SELECT json_object_agg(c.${quote(embed.key)}, ${value}) ${where}), '{}'::json)`;
  }
  const order = embed.orderBy.map((field) => {
    const type = embed.fields[field];
    if (!type) throw new TypeError(`${embed.table}: orderBy names ${field}, which is not among the fields`);
    return type.sqlOrder(`c.${quote(columnOf(field, type))}`);
  });
  const elements = `SELECT ${fieldColumns(embed.fields, 'c', references).join(', ')} ${where} ORDER BY ${order.join(', ')}`;
  return `coalesce((SELECT json_agg(e) FROM (${elements}) e), '[]'::json)`;
}

function fieldColumns(fields: Fields, alias: string, references: ReferencesOf = {}): string[] {
  return Object.entries(fields).map(([name, type]) => {
    const column = quote(columnOf(name, type));
    const reference = type.copied && references[type.copied.reference];
    const sql = reference
      ? `(SELECT ${type.sql(`o.${column}`)} FROM public.${quote(reference.table)} o WHERE o.${quote(reference.key)} = ${namedBy(reference, fields, alias)})`
      : type.sql(`${alias}.${column}`);
    // A nullable json column: SQL null and JSON null both print as null.
    return named(name, type.name === json.name ? `coalesce(${sql}, 'null')` : sql);
  });
}

/** The column of the row itself that names the other. */
function namedBy({ by }: ReferenceDefinition, fields: Fields, alias: string): string {
  const field = fieldIn(by);
  const type = fields[field];
  if (!type) throw new TypeError(`a reference is by ${by}, which is not among the fields`);
  return `${alias}.${quote(columnOf(field, type))}`;
}

/** Postgres would cut a longer name. */
const MAX_NAME_BYTES = 63;

function whole(name: string): string {
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    throw new TypeError(`${name} has more than ${MAX_NAME_BYTES} bytes: Postgres would cut it`);
  return name;
}

/** A row's columns are the document's fields: Postgres prints a row in three quarters of the time that json_build_object takes. */
function named(name: string, sql: string): string {
  if (new TextEncoder().encode(name).length > MAX_NAME_BYTES)
    throw new TypeError(`the field ${name} has a name of more than ${MAX_NAME_BYTES} bytes`);
  return `${sql} AS ${quote(name)}`;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
