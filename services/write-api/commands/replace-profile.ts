/** Replaces a user, the addresses and the preferences as one. What does not differ is not written. */
import type { SqlClient } from '../database/sql-client.ts';
import type { JsonObject } from '../json.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { deleteAddressesExcept, insertAddresses, ownAddressIds, updateAddresses } from './address-rows.ts';
import type { Address, AddressFields } from './address-rows.ts';
import { deletePreferencesExcept, upsertPreferences } from './preference-rows.ts';
import { Refusal } from './refusal.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';
import type { UserFields } from './user-row.ts';

export interface Profile {
  readonly user: UserFields;
  /** with an id: that address of the user, changed to this; without: a new one. The user's other addresses are deleted. */
  readonly addresses: readonly (AddressFields & { readonly id?: string })[];
  readonly preferences: JsonObject;
}

export async function replaceProfile(
  client: SqlClient,
  target: RootTarget,
  profile: Profile,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  await replaceAddresses(client, target.id, profile.addresses);
  const preferences = new Map(Object.entries(profile.preferences));
  await deletePreferencesExcept(client, target.id, [...preferences.keys()]);
  await upsertPreferences(client, target.id, preferences);
  return bumpUser(client, target.id, profile.user);
}

async function replaceAddresses(
  client: SqlClient,
  userId: string,
  addresses: Profile['addresses'],
): Promise<void> {
  const kept = addresses.filter((address): address is Address => address.id !== undefined);
  const ids = kept.map(({ id }) => id);
  const own = await ownAddressIds(client, userId, ids);
  const errors = addresses.flatMap(({ id }, index) => {
    const pointer = `/addresses/${index}/id`;
    if (id === undefined) return [];
    if (!own.has(id)) return [{ pointer, detail: 'is not an address of this user' }];
    return addresses.findIndex((each) => each.id === id) < index ? [{ pointer, detail: 'stands twice' }] : [];
  });
  if (errors.length > 0) {
    throw new Refusal('not-an-own-address', 'an id is given that is not free to use', { errors });
  }
  await deleteAddressesExcept(client, userId, ids);
  await updateAddresses(client, userId, kept);
  await insertAddresses(
    client,
    userId,
    addresses.filter(({ id }) => id === undefined),
  );
}
