import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { cashAccountId } from '../domain/cash-account.ts';
import { lockAccounts } from './accounts.ts';
import type { Acknowledgement, Target } from './accounts.ts';
import { payIn } from './move-money.ts';
import type { Money } from './move-money.ts';

/** From the bank's cash to the account. */
export async function depositMoney(
  client: SqlClient,
  target: Target,
  money: Money,
): Promise<Acknowledgement> {
  const { accountId } = target;
  const counterparty = cashAccountId(money.currency);
  await lockAccounts(client, target, counterparty);
  return payIn(client, { type: 'deposit', money, accountId, counterparty });
}
