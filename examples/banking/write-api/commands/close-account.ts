import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { lockAccounts, newIdAndTime, onAccount } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';

/** An empty account; its events stay. */
export async function closeAccount(client: SqlClient, target: RootTarget): Promise<Acknowledgement> {
  const { id: accountId } = target;
  await lockAccounts(client, target);
  const { at } = await newIdAndTime(client);
  return onAccount(client, { type: 'CloseAccount', data: { accountId, at } });
}
