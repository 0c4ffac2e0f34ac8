import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';
import type { UserFields } from './user-row.ts';

/** Writes the given fields and leaves the others. */
export async function updateUser(
  client: SqlClient,
  target: RootTarget,
  changes: Partial<UserFields>,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  return bumpUser(client, target.id, changes);
}
