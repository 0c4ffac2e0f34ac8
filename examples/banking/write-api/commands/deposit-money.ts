import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { cashAccountId } from '../domain/cash-account.ts';
import { lockAccounts } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';
import { payIn } from './move-money.ts';
import type { Money } from './move-money.ts';

/** From the bank's cash to the account. */
export async function depositMoney(
  client: SqlClient,
  target: RootTarget,
  money: Money,
): Promise<Acknowledgement> {
  const { id: accountId } = target;
  const counterparty = cashAccountId(money.currency);
  await lockAccounts(client, target, counterparty);
  return payIn(client, { type: 'deposit', money, accountId, counterparty });
}
