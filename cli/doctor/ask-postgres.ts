/** What Postgres says of itself, by what every role may see. */
import type { Pool } from 'pg';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { PostgresFacts } from './judge-postgres.ts';

const SETTINGS = [
  'server_version',
  'wal_level',
  'max_replication_slots',
  'max_wal_senders',
  'max_slot_wal_keep_size',
];

const SLOTS = `
  select slot_name::text as name, active, wal_status as "walStatus",
         coalesce(pg_current_wal_lsn() - restart_lsn, 0)::float8 as "retainedBytes"
    from pg_replication_slots`;
const ROLES = `
  select rolname::text as name, rolreplication as replication, rolcanlogin as login
    from pg_roles where rolname like 'readside\\_%'`;
/** Of what is there: what is not was said elsewhere. */
const RIGHTS = `
  select r.rolname || ' may not ' || lower(w.privilege) || ' ' || w.object as text
    from (select 'readside_writer' as role, p as privilege, 'public.' || quote_ident(t) as object
            from unnest($1::text[]) t, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p
          union all
          select 'readside_replicator', 'SELECT', 'public.' || quote_ident(t) from unnest($1::text[]) t
          union all
          select 'readside_reader', 'SELECT', v from unnest($2::text[]) v) w
    join pg_roles r on r.rolname = w.role
   where to_regclass(w.object) is not null and not has_table_privilege(r.oid, to_regclass(w.object), w.privilege)
  union all
  select r.rolname || ' may not call readside.beat()' from pg_roles r
   where r.rolname = 'readside_replicator' and to_regprocedure('readside.beat()') is not null
     and not has_function_privilege(r.oid, to_regprocedure('readside.beat()'), 'EXECUTE')`;
/** null: we may not. */
const MAY_READ = `
  select case when to_regclass('readside.migrations') is null then false
              else has_table_privilege(to_regclass('readside.migrations'), 'SELECT')
                   and has_table_privilege(to_regclass('readside.foundation_migrations'), 'SELECT') end as may,
         has_schema_privilege('readside', 'USAGE') as sees
    from pg_namespace where nspname = 'readside'`;

export async function askPostgres(pool: Pool, projections: readonly Projection[]): Promise<PostgresFacts> {
  const tables = [...new Set(projections.flatMap(({ captured }) => captured.map(({ table }) => table)))];
  const views = projections.map(({ sourceView }) => sourceView.name);
  const asked = Date.now();
  const { rows: clocks } = await pool.query<{ now: Date }>('select clock_timestamp() as now');
  const clockAheadMs = (clocks[0]?.now.getTime() ?? asked) - (asked + Date.now()) / 2;
  const { rows: settings } = await pool.query<{ name: string; setting: string }>(
    'select name, setting from pg_settings where name = any($1)',
    [SETTINGS],
  );
  const { rows: slots } = await pool.query<PostgresFacts['slots'][number]>(SLOTS);
  const { rows: senders } = await pool.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where backend_type = 'walsender'",
  );
  const { rows: roles } = await pool.query<PostgresFacts['roles'][number]>(ROLES);
  const { rows: rights } = await pool.query<{ text: string }>(RIGHTS, [tables, views]);
  const values = Object.fromEntries(settings.map(({ name, setting }) => [name, setting]));
  return {
    version: values['server_version'] ?? '',
    clockAheadMs,
    settings: values,
    slots,
    senders: senders[0]?.count ?? 0,
    roles,
    rightsMissing: rights.map(({ text }) => text),
    applied: await appliedMigrations(pool),
  };
}

async function appliedMigrations(pool: Pool): Promise<PostgresFacts['applied']> {
  const { rows } = await pool.query<{ may: boolean; sees: boolean }>(MAY_READ);
  const [found] = rows;
  if (!found) return [];
  if (!found.may) return found.sees ? ((await isThere(pool)) ? null : []) : null;
  const { rows: applied } = await pool.query<{ name: string }>(
    'select name from readside.foundation_migrations union all select name from readside.migrations',
  );
  return applied.map(({ name }) => name);
}

async function isThere(pool: Pool): Promise<boolean> {
  const { rows } = await pool.query<{ there: boolean }>(
    "select exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'readside' and c.relname = 'migrations') as there",
  );
  return rows[0]?.there ?? false;
}
