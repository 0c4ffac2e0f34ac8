import type { SqlClient } from '../database/sql-client.ts';
import type { Json } from '../json.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { upsertPreferences } from './preference-rows.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

/** The value as it is, null included: only a merge patch takes null for "remove". */
export async function setPreference(
  client: SqlClient,
  target: RootTarget,
  key: string,
  value: Json,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  await upsertPreferences(client, target.id, new Map([[key, value]]));
  return bumpUser(client, target.id);
}
