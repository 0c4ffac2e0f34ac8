import type { Pool } from 'pg';
import { withRemedy } from '../../shared/refused-access.ts';

/**
 * null when commands can run: Postgres answers, takes writes, and has the tables as they need them; else why not. Never rejects.
 * @param migrated SQL condition that says the latter
 */
export async function postgresReadiness(pool: Pool, migrated: string): Promise<string | null> {
  try {
    const { rows } = await pool.query<{ standby: boolean; migrated: boolean }>(
      `select pg_is_in_recovery() as standby, (${migrated}) as migrated`,
    );
    if (rows[0]?.standby) return 'it is a standby, which takes no writes';
    return rows[0]?.migrated ? null : 'the migrations have not run';
  } catch (error) {
    return error instanceof Error && error.message !== ''
      ? withRemedy(error.message, error)
      : 'it cannot be reached';
  }
}
