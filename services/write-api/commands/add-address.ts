import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { insertAddresses, refuseTooManyAddresses } from './address-rows.ts';
import type { AddressFields } from './address-rows.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

export async function addAddress(
  client: SqlClient,
  target: RootTarget,
  address: AddressFields,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const [addressId] = await insertAddresses(client, target.id, [address]);
  if (addressId === undefined) throw new Error('an insert of one address answered none');
  await refuseTooManyAddresses(client, target.id);
  return { ...(await bumpUser(client, target.id)), addressId };
}
