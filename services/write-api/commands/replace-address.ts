import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { ownAddressIds, updateAddresses } from './address-rows.ts';
import type { Address } from './address-rows.ts';
import { Refusal } from './refusal.ts';
import { bumpUser, lockUser } from './user-row.ts';
import type { Target } from './user-row.ts';

export async function replaceAddress(
  client: SqlClient,
  target: Target,
  address: Address,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const own = await ownAddressIds(client, target.userId, [address.id]);
  if (!own.has(address.id)) throw new Refusal('no-such-address', `the user has no address ${address.id}`);
  await updateAddresses(client, target.userId, [address]);
  return bumpUser(client, target.userId);
}
