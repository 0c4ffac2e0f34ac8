import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import type { RootTarget } from './root-row.ts';
import { lockUser } from './user-row.ts';

/** Deletes the user and, by the foreign keys, all that is theirs. The answered version is one that no document will show. */
export async function deleteUser(client: SqlClient, target: RootTarget): Promise<Acknowledgement> {
  await lockUser(client, target);
  const { rows } = await client.query<{ id: string; version: number }>(
    'delete from public.users where id = $1 returning id, version + 1 as version',
    [target.id],
  );
  const [row] = rows;
  if (!row) throw new Error('the user’s row vanished under its lock');
  return { ...row, deleted: true };
}
