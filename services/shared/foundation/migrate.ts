/**
 * Brings the source database to the schema that an application needs: the foundation, which all have alike (roles, heartbeat, idempotency
 * keys, guards, publication), then its own tables. Each has a table of what was applied, so that their files need no common order.
 * Running it again changes nothing but the passwords; two runs at once wait for each other.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runner } from 'node-pg-migrate';
import { Client } from 'pg';
import { ensureRoles, OWNER, READER } from './roles.ts';
import type { RolePasswords } from './roles.ts';

export interface MigrateOptions {
  /** a superuser's URL of the database that holds, or is to hold, the source tables */
  readonly adminUrl: string;
  readonly passwords: RolePasswords;
  /** with the application's own migrations; absolute */
  readonly folder: string;
  /** gets one line a step */
  readonly log: (line: string) => void;
}

/** Of this database; any number that nobody else takes. */
const LOCK = 7_263_418_055;
const LOCK_TIMEOUT = '10s';
const FOUNDATION = fileURLToPath(new URL('migrations', import.meta.url));

/** Names of the migrations in this code, the foundation's first. `folder`: with the application's own. */
export function migrationNames(folder: string): readonly string[] {
  return [FOUNDATION, folder].flatMap((each) =>
    readdirSync(each)
      .filter((file) => file.endsWith('.sql'))
      .map((file) => basename(file, '.sql'))
      .toSorted(),
  );
}

/** Answers the names of the migrations that this run applied. */
export async function migrate({
  adminUrl,
  passwords,
  folder,
  log,
}: MigrateOptions): Promise<readonly string[]> {
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
    const names = [
      ...(await run(client, FOUNDATION, 'foundation_migrations')),
      ...(await run(client, folder, 'migrations')),
    ];
    // Made when the schema's default privileges were there, which are meant for views.
    await client.query(`revoke all on readside.migrations from ${READER}`);
    log(names.length === 0 ? 'the schema is up to date' : `applied ${names.join(', ')}`);
    return names;
  } finally {
    await client.end();
  }
}

async function run(client: Client, dir: string, migrationsTable: string): Promise<readonly string[]> {
  const applied = await runner({
    dbClient: client,
    dir,
    direction: 'up',
    migrationsTable,
    migrationsSchema: 'readside',
    advisoryLockMode: 'wait',
    log: () => undefined,
  });
  return applied.map(({ name }) => name);
}
