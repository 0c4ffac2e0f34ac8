import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { deletePreferences } from './preference-rows.ts';
import { Refusal } from './refusal.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

export async function deletePreference(
  client: SqlClient,
  target: RootTarget,
  key: string,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const removed = await deletePreferences(client, target.id, [key]);
  if (removed === 0) {
    throw new Refusal('no-such-preference', `the user has no preference ${JSON.stringify(key)}`);
  }
  return bumpUser(client, target.id);
}
