/** A fresh, migrated database of its own for one test file, on the run's Postgres. */
import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { folderOf, loadApplication, MIGRATIONS } from '../../services/shared/application.ts';
import { migrate } from '../../services/shared/foundation/migrate.ts';
import type { RolePasswords } from '../../services/shared/foundation/roles.ts';
import { stackEndpoints } from './stack.ts';

export interface TestDatabase {
  readonly name: string;
  readonly adminUrl: string;
  /** as `readside_<role>` */
  readonly urlOf: (role: keyof RolePasswords) => string;
  /** a superuser's connections */
  readonly admin: Pool;
  readonly drop: () => Promise<void>;
}

/** Roles are the whole server's, so every file gives them the same passwords: the stack's own. */
export function rolePasswords(): RolePasswords {
  const { owner, writer, replicator, reader } = stackEndpoints().secrets;
  return { owner, writer, replicator, reader };
}

/** `migrations`: the folder of an application's (default: the profile's). */
export async function createTestDatabase(
  options: { migrated?: boolean; migrations?: string } = {},
): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await onServer(`create database ${name}`);
  const adminUrl = urlWith({ database: name });
  const folder = options.migrations ?? folderOf(await loadApplication(), MIGRATIONS);
  if (options.migrated ?? true)
    await migrate({ adminUrl, passwords: rolePasswords(), folder, log: () => undefined });
  const admin = new Pool({ connectionString: adminUrl, max: 4 });
  admin.on('error', () => undefined); // `drop database … with (force)` ends what a test left open
  return {
    name,
    adminUrl,
    urlOf: (role) => urlWith({ database: name, user: `readside_${role}`, password: rolePasswords()[role] }),
    admin,
    drop: async () => {
      await admin.end();
      await onServer(`drop database ${name} with (force)`);
    },
  };
}

function urlWith(parts: { database: string; user?: string; password?: string }): string {
  const url = new URL(stackEndpoints().postgresUrl);
  url.pathname = `/${parts.database}`;
  if (parts.user !== undefined) url.username = parts.user;
  if (parts.password !== undefined) url.password = parts.password;
  return url.href;
}

async function onServer(sql: string): Promise<void> {
  const client = new Client({ connectionString: stackEndpoints().postgresUrl });
  await client.connect();
  try {
    // Two CREATE DATABASE at once fight over template1.
    await client.query("select pg_advisory_lock(hashtext('readside test databases'))");
    await client.query(sql);
  } finally {
    await client.end();
  }
}
