/**
 * Brings the source database to the schema that Readside needs: roles, tables, guards, publication, grants.
 * Running it again changes nothing but the passwords; two runs at once wait for each other.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { ensureRoles, OWNER } from './database/roles.ts';
import type { RolePasswords } from './database/roles.ts';

export interface MigrateOptions {
  /** a superuser's URL of the database that holds, or is to hold, the source tables */
  readonly adminUrl: string;
  readonly passwords: RolePasswords;
  /** gets one line a step */
  readonly log: (line: string) => void;
}

/** Of this database; any number that nobody else takes. */
const LOCK = 7_263_418_055;
const LOCK_TIMEOUT = '10s';
const MIGRATIONS = fileURLToPath(new URL('migrations', import.meta.url));

/** Names of the migrations in this code, the first one first. */
export function migrationNames(): readonly string[] {
  return readdirSync(MIGRATIONS)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => basename(file, '.sql'))
    .toSorted();
}

/** Answers the names of the migrations that this run applied. */
export async function migrate({ adminUrl, passwords, log }: MigrateOptions): Promise<readonly string[]> {
  const client = new Client({
    connectionString: adminUrl,
    application_name: 'readside-migrate',
    connectionTimeoutMillis: 10_000,
  });
  client.on('error', (error) => log(`the connection broke: ${error.message}`));
  await client.connect();
  try {
    // Until the connection ends. Both steps grant on the same schemas: another run must not be in one of them while this is in the other.
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await ensureRoles(client, passwords);
    // Whoever waits for a lock on a table makes all others wait behind it: better to fail, and to be run again.
    await client.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
    await client.query(`set role ${OWNER}`);
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'migrations',
      migrationsSchema: 'readside',
      advisoryLockMode: 'wait',
      log: () => undefined,
    });
    const names = applied.map(({ name }) => name);
    log(names.length === 0 ? 'the schema is up to date' : `applied ${names.join(', ')}`);
    return names;
  } finally {
    await client.end();
  }
}
