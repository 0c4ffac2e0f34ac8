/** What all commands on accounts begin with: the accounts locked, the version that was asked for, a time and an id. */
import { DeciderCommandHandler } from '@event-driven-io/emmett';
import type { Acknowledged } from '../../../../services/write-api/commands/acknowledgement.ts';
import { requireVersion } from '../../../../services/write-api/commands/root-row.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { account } from '../domain/account.ts';
import type { AccountCommand } from '../domain/account.ts';
import { Refusal } from '../domain/refusal.ts';
import { eventStoreOf, lockStreams } from '../store/event-store.ts';

export interface Acknowledgement extends Acknowledged {
  /** of the movement of money, by a command that makes one */
  readonly transferId?: string;
}

/**
 * Locks the target and the others.
 * @throws Refusal when the target is not there, or at another version than expected
 */
export async function lockAccounts(
  client: SqlClient,
  { id, expectedVersions }: RootTarget,
  ...others: readonly string[]
): Promise<ReadonlySet<string>> {
  const positions = await lockStreams(client, [id, ...others]);
  const current = positions.get(id);
  if (current === undefined) throw new Refusal('no-such-account', `there is no account ${id}`);
  requireVersion('account', current, expectedVersions);
  return new Set(positions.keys());
}

/** By Postgres, to be asked for when the accounts are locked: what comes later is then later by the clock as well. */
export async function newIdAndTime(client: SqlClient): Promise<{ readonly id: string; readonly at: string }> {
  const { rows } = await client.query<{ id: string; at: string }>(
    `select uuidv7() as id, to_char(clock_timestamp() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`,
    [],
  );
  const [row] = rows;
  if (!row) throw new Error('Postgres gave no time');
  return row;
}

const handle = DeciderCommandHandler(account);

/** Decides on what the account is now, and appends what happens. @throws Refusal */
export async function onAccount(client: SqlClient, command: AccountCommand): Promise<Acknowledgement> {
  const { accountId } = command.data;
  const { nextExpectedStreamVersion } = await handle(eventStoreOf(client, 'account'), accountId, command);
  return { id: accountId, version: Number(nextExpectedStreamVersion), deleted: false };
}
