/** Double entry: what one account is debited another is credited, in one transaction and under one id, so that no money comes or goes. */
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import type { Side } from '../domain/account.ts';
import { newIdAndTime, onAccount } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';

export interface Money {
  /** positive, in the smallest unit of the currency */
  readonly amount: number;
  readonly currency: string;
  readonly text: string;
  readonly category: string;
}

export interface Movement {
  readonly type: Side['type'];
  readonly money: Money;
  /** whose command it is: refused first, and acknowledged */
  readonly accountId: string;
  readonly counterparty: string;
}

/** From the account to its counterparty. Both are locked. @throws Refusal */
export function payOut(client: SqlClient, movement: Movement): Promise<Acknowledgement> {
  return moveMoney(client, movement, ['DebitAccount', 'CreditAccount']);
}

/** From the counterparty to the account. Both are locked. @throws Refusal */
export function payIn(client: SqlClient, movement: Movement): Promise<Acknowledgement> {
  return moveMoney(client, movement, ['CreditAccount', 'DebitAccount']);
}

type Entry = 'CreditAccount' | 'DebitAccount';

async function moveMoney(
  client: SqlClient,
  { type, money, accountId, counterparty }: Movement,
  [own, others]: readonly [own: Entry, others: Entry],
): Promise<Acknowledgement> {
  const { id: transferId, at } = await newIdAndTime(client);
  const side = { ...money, type, transferId, at };
  const done = await onAccount(client, { type: own, data: { ...side, accountId, counterparty } });
  await onAccount(client, {
    type: others,
    data: { ...side, accountId: counterparty, counterparty: accountId },
  });
  return { ...done, transferId };
}
