import type { Pool } from 'pg';
import { withRemedy } from '../../shared/refused-access.ts';

/** What the latest migration that commands need has made deferrable. */
const LATEST = 'addresses_user_fkey';

/** null when commands can run: Postgres answers, takes writes, and has the tables as they need them; else why not. Never rejects. */
export async function postgresReadiness(pool: Pool): Promise<string | null> {
  try {
    const { rows } = await pool.query<{ standby: boolean; migrated: boolean }>(
      `select pg_is_in_recovery() as standby,
              to_regclass('public.preferences') is not null
              and to_regclass('readside.idempotency_keys') is not null
              and exists (select from pg_constraint where conname = $1 and condeferrable) as migrated`,
      [LATEST],
    );
    if (rows[0]?.standby) return 'it is a standby, which takes no writes';
    return rows[0]?.migrated ? null : 'the migrations have not run';
  } catch (error) {
    return error instanceof Error && error.message !== ''
      ? withRemedy(error.message, error)
      : 'it cannot be reached';
  }
}
