/**
 * The four roles and what each needs before the migrations can run: to exist, a password, a schema, leave to create.
 * Roles belong to the whole cluster, so this is safe when run at once in several of its databases.
 */
import { escapeIdentifier, escapeLiteral } from 'pg';
import type { ClientBase } from 'pg';
import { scramVerifier } from './scram.ts';

export interface RolePasswords {
  /** may migrate: owns every table, view and function */
  readonly owner: string;
  /** the write API */
  readonly writer: string;
  /** Debezium */
  readonly replicator: string;
  /** the read API and verification */
  readonly reader: string;
}

export const OWNER = 'readside_owner';
/** The connector's. */
export const REPLICATOR = 'readside_replicator';
export const READER = 'readside_reader';
const ATTRIBUTES = 'login nosuperuser nocreatedb nocreaterole nobypassrls';

/** Needs a superuser's client, outside of a transaction. All or nothing; running it again sets the passwords anew. */
export async function ensureRoles(client: ClientBase, passwords: RolePasswords): Promise<void> {
  await client.query('begin');
  try {
    // The only lock on roles that holds across databases: advisory locks are each database's own. Without it two runs at
    // once fail with "tuple concurrently updated" or a duplicate key. Logging in is not kept waiting.
    await client.query('lock table pg_catalog.pg_authid in share row exclusive mode');
    await ensureRole(client, OWNER, 'noreplication', passwords.owner);
    await ensureRole(client, 'readside_writer', 'noreplication', passwords.writer);
    await ensureRole(client, REPLICATOR, 'replication', passwords.replicator);
    await ensureRole(client, READER, 'noreplication', passwords.reader);
    await client.query(`alter role ${READER} set default_transaction_read_only = on`);
    await prepareDatabase(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

async function ensureRole(
  client: ClientBase,
  name: string,
  replication: string,
  password: string,
): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_catalog.pg_roles where rolname = $1', [name]);
  if (rowCount === 0) await client.query(`create role ${name}`);
  const verifier = escapeLiteral(scramVerifier(password));
  await client.query(`alter role ${name} ${ATTRIBUTES} ${replication} password ${verifier}`);
}

async function prepareDatabase(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ name: string }>('select current_database() as name');
  const database = escapeIdentifier(rows[0]?.name ?? '');
  await client.query(`grant create on database ${database} to ${OWNER}`); // a publication needs it
  await client.query(`grant usage, create on schema public to ${OWNER}`);
  await client.query(`create schema if not exists readside authorization ${OWNER}`);
}
