import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { cashAccountId } from '../domain/cash-account.ts';
import { eventStoreOf } from '../store/event-store.ts';
import { newIdAndTime, onAccount } from './accounts.ts';
import type { Acknowledgement } from './accounts.ts';

export interface NewAccount {
  readonly owner: string;
  readonly currency: string;
}

/** With the first account in a currency the bank opens its own. */
export async function openAccount(
  client: SqlClient,
  { owner, currency }: NewAccount,
): Promise<Acknowledgement> {
  await openCashAccount(client, currency);
  const { id, at } = await newIdAndTime(client);
  return onAccount(client, {
    type: 'OpenAccount',
    data: { accountId: id, kind: 'customer', owner, currency, at },
  });
}

async function openCashAccount(client: SqlClient, currency: string): Promise<void> {
  const accountId = cashAccountId(currency);
  const store = eventStoreOf(client, 'account');
  if (await store.streamExists(accountId)) return;
  // Of two who find none, one waits here for the other.
  await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [accountId]);
  if (await store.streamExists(accountId)) return;
  const { at } = await newIdAndTime(client);
  await onAccount(client, {
    type: 'OpenAccount',
    data: { accountId, kind: 'cash', owner: 'the bank', currency, at },
  });
}
