import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { lockAccounts, newIdAndTime, onAccount } from './accounts.ts';
import type { Acknowledgement, Target } from './accounts.ts';

/** An empty account; its events stay. */
export async function closeAccount(client: SqlClient, target: Target): Promise<Acknowledgement> {
  const { accountId } = target;
  await lockAccounts(client, target);
  const { at } = await newIdAndTime(client);
  return onAccount(client, { type: 'CloseAccount', data: { accountId, at } });
}
