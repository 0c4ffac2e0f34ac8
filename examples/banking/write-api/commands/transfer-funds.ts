import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { Refusal } from '../domain/refusal.ts';
import { lockAccounts } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';
import { payOut } from './move-money.ts';
import type { Money } from './move-money.ts';

/** From the account to another one in the same currency. */
export async function transferFunds(
  client: SqlClient,
  target: RootTarget,
  counterparty: string,
  money: Money,
): Promise<Acknowledgement> {
  const { id: accountId } = target;
  const there = await lockAccounts(client, target, counterparty);
  if (!there.has(counterparty)) {
    throw new Refusal('no-such-counterparty', `there is no account ${counterparty}`, {
      errors: [{ pointer: '/to', detail: 'is no account' }],
    });
  }
  return payOut(client, { type: 'transfer', money, accountId, counterparty });
}
