/**
 * The same document, computed by Postgres from the tables: what a document must equal (invariant 1), and what
 * `consistency=source`, verification and rebuild read. One row a root row: `id`, `document json`, `revision`, and a
 * column a lookup, so that a query by it uses the table's own index.
 * `json`, not `jsonb`, so that numbers and the order of fields stay as they are printed.
 */
import type { EmbedDefinition, Fields, ProjectionDefinition } from './definition.ts';
import { json } from './field-types.ts';
import { columnOf } from './row-decoder.ts';

/** Schema that holds the source views and readside's own tables. */
export const SOURCE_SCHEMA = 'readside';

export interface SourceView {
  /** Qualified and quoted. */
  readonly name: string;
  /** Statements that create or replace the view; run as the owner of the tables. */
  readonly sql: string;
  /** Lookup parameter → the view's column, quoted, that holds what it looks for, as it stands in the table. */
  readonly lookupColumns: Readonly<Record<string, string>>;
}

export function compileSourceView(definition: ProjectionDefinition): SourceView {
  const { root, embed = {}, revision, lookups = {} } = definition;
  const key = root.fields[root.key];
  if (!key) throw new TypeError(`${definition.name}: the key ${root.key} is not among the fields`);
  const keyColumn = `r.${quote(columnOf(root.key, key))}`;
  const parts = [
    ...fieldPairs(root.fields, 'r'),
    ...Object.entries(embed).map(([name, each]) => pair(name, embedded(each, keyColumn))),
  ];
  const revisionField = revision === undefined ? undefined : root.fields[revision];
  const revisionSql =
    revision === undefined || !revisionField
      ? 'null::integer'
      : `r.${quote(columnOf(revision, revisionField))}`;
  const lookupColumns = Object.fromEntries(
    Object.keys(lookups).map((parameter) => [parameter, quote(`lookup_${parameter}`)]),
  );
  const lookupSql = Object.entries(lookups).flatMap(([parameter, { field }]) => {
    const type = root.fields[field];
    return type ? [`r.${quote(columnOf(field, type))} AS ${lookupColumns[parameter]}`] : [];
  });
  const name = `${quote(SOURCE_SCHEMA)}.${quote(`${definition.name}_source`)}`;
  const select = [
    `SELECT ${keyColumn} AS id,`,
    `  json_build_object(\n    ${parts.join(',\n    ')}\n  ) AS document,`,
    `  ${[`${revisionSql} AS revision`, ...lookupSql].join(',\n  ')}`,
    `FROM public.${quote(root.table)} r`,
  ].join('\n');
  // Dropped first: CREATE OR REPLACE cannot change a column's type between two versions of a projection.
  return { name, sql: `DROP VIEW IF EXISTS ${name};\nCREATE VIEW ${name} AS\n${select};`, lookupColumns };
}

function embedded(embed: EmbedDefinition, keyColumn: string): string {
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
  const element = `json_build_object(${fieldPairs(embed.fields, 'c').join(', ')})`;
  return `coalesce((SELECT json_agg(${element} ORDER BY ${order.join(', ')}) ${where}), '[]'::json)`;
}

function fieldPairs(fields: Fields, alias: string): string[] {
  return Object.entries(fields).map(([name, type]) => {
    const sql = type.sql(`${alias}.${quote(columnOf(name, type))}`);
    // A nullable json column: SQL null and JSON null both print as null.
    return pair(name, type.name === json.name ? `coalesce(${sql}, 'null')` : sql);
  });
}

function pair(name: string, sql: string): string {
  return `'${name.replaceAll("'", "''")}', ${sql}`;
}

function quote(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
