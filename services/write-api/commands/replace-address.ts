import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { ownAddressIds, updateAddresses } from './address-rows.ts';
import type { Address } from './address-rows.ts';
import { Refusal } from './refusal.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

export async function replaceAddress(
  client: SqlClient,
  target: RootTarget,
  address: Address,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const own = await ownAddressIds(client, target.id, [address.id]);
  if (!own.has(address.id)) throw new Refusal('no-such-address', `the user has no address ${address.id}`);
  await updateAddresses(client, target.id, [address]);
  return bumpUser(client, target.id);
}
