import type { SqlClient } from '../database/sql-client.ts';
import type { JsonObject } from '../json.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { insertAddresses } from './address-rows.ts';
import type { AddressFields } from './address-rows.ts';
import { upsertPreferences } from './preference-rows.ts';
import { nextId } from './root-row.ts';
import { insertUser } from './user-row.ts';
import type { UserFields } from './user-row.ts';

export interface NewUser extends UserFields {
  readonly addresses: readonly AddressFields[];
  readonly preferences: JsonObject;
}

const CHILDREN_FIRST = 'set constraints public.addresses_user_fkey, public.preferences_user_fkey deferred';

/** A new user is at version 1, with or without children. */
export async function createUser(client: SqlClient, user: NewUser): Promise<Acknowledgement> {
  const preferences = new Map(Object.entries(user.preferences));
  if (user.addresses.length === 0 && preferences.size === 0) return insertUser(client, null, user);
  // Invariant 9: the root's row comes last, and its children before it.
  await client.query(CHILDREN_FIRST, []);
  const id = await nextId(client);
  await insertAddresses(client, id, user.addresses);
  await upsertPreferences(client, id, preferences);
  return insertUser(client, id, user);
}
