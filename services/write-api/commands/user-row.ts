/**
 * The root row of a user: locked first, bumped last (invariant 9), so that commands on one user run one after the other
 * and a document that shows version N holds all that the N-th command did.
 */
import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { Refusal } from './refusal.ts';

/** The user whose command this is, and the versions at which it may run; undefined: at any. */
export interface Target {
  readonly userId: string;
  readonly expectedVersions: readonly number[] | undefined;
}

export interface UserFields {
  readonly email: string;
  readonly fullName: string;
  readonly displayName: string | null;
  readonly phone: string | null;
  readonly avatarUrl: string | null;
  readonly bio: string | null;
  readonly locale: string | null;
  readonly status: 'active' | 'suspended' | 'closed';
}

const COLUMNS: readonly (readonly [field: keyof UserFields, column: string])[] = [
  ['email', 'email'],
  ['fullName', 'full_name'],
  ['displayName', 'display_name'],
  ['phone', 'phone'],
  ['avatarUrl', 'avatar_url'],
  ['bio', 'bio'],
  ['locale', 'locale'],
  ['status', 'status'],
];

/** @throws Refusal when there is no such user, or it is at another version than expected. */
export async function lockUser(client: SqlClient, target: Target): Promise<void> {
  const { rows } = await client.query<{ version: number }>(
    'select version from public.users where id = $1 for update',
    [target.userId],
  );
  const current = rows[0]?.version;
  if (current === undefined) throw new Refusal('no-such-user', `there is no user ${target.userId}`);
  if (target.expectedVersions !== undefined && !target.expectedVersions.includes(current)) {
    throw new Refusal('version-mismatch', `the user is at version ${current}`, { currentVersion: current });
  }
}

/** The last statement of a command: writes the given fields, if any, and the next version. Also when no value differs. */
export async function bumpUser(
  client: SqlClient,
  userId: string,
  changes: Partial<UserFields> = {},
): Promise<Acknowledgement> {
  const changed = COLUMNS.filter(([field]) => changes[field] !== undefined);
  const assignments = changed.map(([, column], index) => `${column} = $${index + 2}, `).join('');
  const { rows } = await client.query<{ id: string; version: number }>(
    `update public.users set ${assignments} version = version + 1, updated_at = statement_timestamp()
     where id = $1 returning id, version`,
    [userId, ...changed.map(([field]) => changes[field])],
  );
  return acknowledge(rows[0]);
}

/** In the order of time, as Postgres gives them to other writers' rows. */
export async function nextUserId(client: SqlClient): Promise<string> {
  const { rows } = await client.query<{ id: string }>('select uuidv7() as id', []);
  if (!rows[0]) throw new Error('Postgres gave no id');
  return rows[0].id;
}

/** The last statement of the command that creates a user: the row at version 1. `id`: null, the next one. */
export async function insertUser(
  client: SqlClient,
  id: string | null,
  user: UserFields,
): Promise<Acknowledgement> {
  const { rows } = await client.query<{ id: string; version: number }>(
    `insert into public.users (id, ${COLUMNS.map(([, column]) => column).join(', ')})
     values (coalesce($1::uuid, uuidv7()), ${COLUMNS.map((_, index) => `$${index + 2}`).join(', ')}) returning id, version`,
    [id, ...COLUMNS.map(([field]) => user[field])],
  );
  return acknowledge(rows[0]);
}

function acknowledge(row: { id: string; version: number } | undefined): Acknowledgement {
  if (!row) throw new Error('the user’s row vanished under its lock');
  return { id: row.id, version: row.version, deleted: false };
}
