import type { SqlClient } from '../database/sql-client.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { mergePatch } from './merge-patch.ts';
import { deletePreferences, readPreferences, upsertPreferences } from './preference-rows.ts';
import type { RootTarget } from './root-row.ts';
import { bumpUser, lockUser } from './user-row.ts';

/** `patch` is a merge patch of the object of all preferences: null removes one, an object is merged into the stored one. */
export async function mergePreferences(
  client: SqlClient,
  target: RootTarget,
  patch: JsonObject,
): Promise<Acknowledgement> {
  await lockUser(client, target);
  const removed: string[] = [];
  const patches = new Map<string, Json>();
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) removed.push(key);
    else patches.set(key, change);
  }
  const stored = await readPreferences(client, target.id, [...patches.keys()]);
  const merged = new Map([...patches].map(([key, change]) => [key, mergePatch(stored.get(key), change)]));
  await deletePreferences(client, target.id, removed);
  await upsertPreferences(client, target.id, merged);
  return bumpUser(client, target.id);
}
