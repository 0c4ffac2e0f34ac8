/** The root row of a user. */
import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { rootOf } from './root-row.ts';
import type { RootTarget } from './root-row.ts';

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

const users = rootOf<UserFields>({
  table: 'public.users',
  noun: 'user',
  missing: 'no-such-user',
  columns: {
    email: 'email',
    fullName: 'full_name',
    displayName: 'display_name',
    phone: 'phone',
    avatarUrl: 'avatar_url',
    bio: 'bio',
    locale: 'locale',
    status: 'status',
  },
});

/** @throws Refusal when there is no such user, or it is at another version than expected. */
export async function lockUser(client: SqlClient, target: RootTarget): Promise<void> {
  await users.lock(client, target);
}

/** The last statement of a command: writes the given fields, if any, and the next version. Also when no value differs. */
export function bumpUser(
  client: SqlClient,
  userId: string,
  changes: Partial<UserFields> = {},
): Promise<Acknowledgement> {
  return users.raise(client, userId, changes);
}

/** The last statement of the command that creates a user: the row at version 1. `id`: null, the next one. */
export function insertUser(client: SqlClient, id: string | null, user: UserFields): Promise<Acknowledgement> {
  return users.insert(client, id, user);
}
