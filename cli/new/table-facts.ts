/** What Postgres' catalog says of tables that a definition is to be written for. */
import type { Pool } from 'pg';
import { PUBLICATION } from '../../services/shared/stream-names.ts';
import { OWNER, REPLICATOR } from '../../services/shared/foundation/roles.ts';
import { CliError, EXIT } from '../exit.ts';

export interface ColumnFacts {
  readonly name: string;
  /** The type's own name, as timestamptz; of a domain that of what it is made of; `enum` for any enum. */
  readonly type: string;
  readonly notNull: boolean;
}

export interface TableFacts {
  readonly table: string;
  /** In the order of the table. */
  readonly columns: readonly ColumnFacts[];
  readonly primaryKey: readonly string[];
  /** Foreign keys of one column. */
  readonly references: ReadonlyArray<{ readonly column: string; readonly table: string }>;
  readonly replicaIdentityFull: boolean;
  readonly isPublished: boolean;
  /** A TRUNCATE is refused, as each captured table has to. */
  readonly forbidsTruncate: boolean;
  /** By the role of the connector. */
  readonly isReadable: boolean;
  /** Its owner is who migrations run as. */
  readonly isOurs: boolean;
}

const FACTS = `
  select c.relname::text as table,
         c.relreplident = 'f' as "replicaIdentityFull",
         exists (select from pg_publication_tables p
                  where p.pubname = $2 and p.schemaname = 'public' and p.tablename = c.relname) as "isPublished",
         exists (select from pg_trigger g where g.tgrelid = c.oid and g.tgname = 'forbid_truncate') as "forbidsTruncate",
         coalesce((select has_table_privilege(r.oid, c.oid, 'select') from pg_roles r where r.rolname = $3), false) as "isReadable",
         pg_get_userbyid(c.relowner) = $4 as "isOurs",
         (select json_agg(json_build_object(
                   'name', a.attname,
                   'type', case when coalesce(b.typtype, t.typtype) = 'e' then 'enum' else coalesce(b.typname, t.typname) end,
                   'notNull', a.attnotnull) order by a.attnum)
            from pg_attribute a
            join pg_type t on t.oid = a.atttypid
            left join pg_type b on b.oid = nullif(t.typbasetype, 0)
           where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
         coalesce((select json_agg(a.attname order by k.place)
            from pg_constraint p
            cross join unnest(p.conkey) with ordinality as k(attnum, place)
            join pg_attribute a on a.attrelid = p.conrelid and a.attnum = k.attnum
           where p.conrelid = c.oid and p.contype = 'p'), '[]') as "primaryKey",
         coalesce((select json_agg(json_build_object('column', a.attname, 'table', r.relname) order by a.attnum)
            from pg_constraint f
            join pg_attribute a on a.attrelid = f.conrelid and a.attnum = f.conkey[1]
            join pg_class r on r.oid = f.confrelid
           where f.conrelid = c.oid and f.contype = 'f' and array_length(f.conkey, 1) = 1), '[]') as "references"
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'public'
   where c.relkind in ('r', 'p') and c.relname = any($1)`;

/** In the order of `names`. @throws CliError (usage) that names those that are not there. */
export async function tableFacts(pool: Pool, names: readonly string[]): Promise<readonly TableFacts[]> {
  const { rows } = await pool.query<TableFacts>(FACTS, [names, PUBLICATION, REPLICATOR, OWNER]);
  const missing = names.filter((name) => !rows.some(({ table }) => table === name));
  if (missing.length > 0)
    throw new CliError(EXIT.usage, `Postgres has no table public.${missing.join(', public.')}`);
  return names.flatMap((name) => rows.find(({ table }) => table === name) ?? []);
}
