import type { SqlClient } from '../database/sql-client.ts';
import type { JsonObject } from '../json.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { insertAddresses } from './address-rows.ts';
import type { AddressFields } from './address-rows.ts';
import { upsertPreferences } from './preference-rows.ts';
import { bumpUser, insertUser } from './user-row.ts';
import type { UserFields } from './user-row.ts';

export interface NewUser extends UserFields {
  readonly addresses: readonly AddressFields[];
  readonly preferences: JsonObject;
}

/** A new user is at version 1, with or without children. */
export async function createUser(client: SqlClient, user: NewUser): Promise<Acknowledgement> {
  const preferences = new Map(Object.entries(user.preferences));
  if (user.addresses.length === 0 && preferences.size === 0) return insertUser(client, user, 1);
  const { id } = await insertUser(client, user, 0); // invariant 9: the children need the row, the version comes last
  await insertAddresses(client, id, user.addresses);
  await upsertPreferences(client, id, preferences);
  return bumpUser(client, id);
}
