import type { SqlClient } from '../database/sql-client.ts';
import type { Acknowledgement } from './acknowledgement.ts';
import { deleteUser } from './delete-user.ts';
import type { RootTarget } from './root-row.ts';

/** Deletes the user, and what was kept of the commands on them; notes that it was done. `by`: the token's subject, where there is one. */
export async function eraseUser(
  client: SqlClient,
  target: RootTarget,
  by: string | null,
): Promise<Acknowledgement> {
  const deleted = await deleteUser(client, target);
  await client.query("delete from readside.idempotency_keys where answer ->> 'id' = $1", [target.id]);
  const { rows } = await client.query<{ id: string }>(
    'insert into readside.erasures (document_id, requested_by) values ($1, $2) returning id',
    [target.id, by],
  );
  const [row] = rows;
  if (!row) throw new Error('the erasure was not noted');
  return { ...deleted, erasureId: row.id };
}
