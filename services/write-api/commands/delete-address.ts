import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { Refusal } from './refusal.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

export async function deleteAddress(
  client: SqlClient,
  target: RootTarget,
  addressId: string,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const { rowCount } = await client.query('delete from public.addresses where user_id = $1 and id = $2', [
    target.id,
    addressId,
  ]);
  if (rowCount === 0) throw new Refusal('no-such-address', `the user has no address ${addressId}`);
  return bumpUser(client, target.id);
}
