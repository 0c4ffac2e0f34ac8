import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { cashAccountId } from '../domain/cash-account.ts';
import { lockAccounts } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';
import { payOut } from './move-money.ts';
import type { Money } from './move-money.ts';

/** From the account to the bank's cash. */
export async function withdrawMoney(
  client: SqlClient,
  target: RootTarget,
  money: Money,
): Promise<Acknowledgement> {
  const { id: accountId } = target;
  const counterparty = cashAccountId(money.currency);
  await lockAccounts(client, target, counterparty);
  return payOut(client, { type: 'withdrawal', money, accountId, counterparty });
}
