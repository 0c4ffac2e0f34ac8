/** What Postgres' catalog says of the tables that a projection reads. Asked of system tables that every role can see. */
import type { Pool } from 'pg';
import type { Projection } from '../projection/projection.ts';
import { PUBLICATION } from '../stream-names.ts';

export interface CatalogColumn {
  /** The type's own name, e.g. timestamptz; of a domain that of what it is made of; `enum` for any enum. */
  readonly type: string;
  readonly notNull: boolean;
}

export interface CatalogTable {
  readonly replicaIdentityFull: boolean;
  readonly isPartitioned: boolean;
  readonly columns: Readonly<Record<string, CatalogColumn>>;
}

export interface Publication {
  readonly insert: boolean;
  readonly update: boolean;
  readonly delete: boolean;
  /** Whether the changes of a partitioned table come under its own name; else under those of its partitions. */
  readonly viaRoot: boolean;
  /** Table of `public` → its published columns. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Whether it takes part in row filters: rows would be left out. */
  readonly filtered: readonly string[];
}

export interface SourceCatalog {
  readonly tables: Readonly<Record<string, CatalogTable>>;
  /** null: there is none. */
  readonly publication: Publication | null;
  /** The comment that its installation left on the source view; null: there is none; undefined: there is no view. */
  readonly viewMark: string | null | undefined;
}

const TABLES = `
  select c.relname::text as table, c.relreplident = 'f' as full, c.relkind = 'p' as partitioned, a.attname::text as column, a.attnotnull as not_null,
         case when coalesce(b.typtype, t.typtype) = 'e' then 'enum' else coalesce(b.typname, t.typname)::text end as type
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
    left join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    left join pg_type t on t.oid = a.atttypid
    left join pg_type b on b.oid = nullif(t.typbasetype, 0)
   where c.relkind in ('r', 'p') and c.relname = any($1)`;
const PUBLICATIONS =
  'select pubinsert as insert, pubupdate as update, pubdelete as delete, pubviaroot as "viaRoot" from pg_publication where pubname = $1';
const PUBLISHED = `
  select tablename::text as table, attnames::text[] as columns, rowfilter is not null as filtered
    from pg_publication_tables where pubname = $1 and schemaname = 'public'`;
const VIEW = `
  select obj_description(to_regclass($1), 'pg_class') as mark, to_regclass($1) is not null as present`;

export async function readSourceCatalog(pool: Pool, projection: Projection): Promise<SourceCatalog> {
  const names = projection.captured.map(({ table }) => table);
  const { rows: columns } = await pool.query<{
    table: string;
    full: boolean;
    partitioned: boolean;
    column: string | null;
    not_null: boolean;
    type: string;
  }>(TABLES, [names]);
  const { rows: publications } = await pool.query<Omit<Publication, 'tables' | 'filtered'>>(PUBLICATIONS, [
    PUBLICATION,
  ]);
  const { rows: published } = await pool.query<{
    table: string;
    columns: readonly string[];
    filtered: boolean;
  }>(PUBLISHED, [PUBLICATION]);
  const { rows: views } = await pool.query<{ mark: string | null; present: boolean }>(VIEW, [
    projection.sourceView.name,
  ]);
  const [publication] = publications;
  const [view] = views;
  return {
    tables: Object.fromEntries(
      [...new Set(columns.map(({ table }) => table))].map((table) => {
        const own = columns.filter((each) => each.table === table);
        return [
          table,
          {
            replicaIdentityFull: own.every(({ full }) => full),
            isPartitioned: own.some(({ partitioned }) => partitioned),
            columns: Object.fromEntries(
              own.flatMap(({ column, type, not_null: notNull }) =>
                column === null ? [] : [[column, { type, notNull }] as const],
              ),
            ),
          },
        ];
      }),
    ),
    publication: publication
      ? {
          ...publication,
          tables: Object.fromEntries(published.map((each) => [each.table, each.columns])),
          filtered: published.filter(({ filtered }) => filtered).map(({ table }) => table),
        }
      : null,
    viewMark: view?.present ? view.mark : undefined,
  };
}
