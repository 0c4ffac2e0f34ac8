/** The rules of one account, as a decider: from what it is and what is asked to what happens, or a refusal. Pure. */
import type { Command, Decider } from '@event-driven-io/emmett';
import type { AccountEvent, AccountKind, Entry, EntryType } from './events.ts';
import { isExact, MOST } from './money.ts';
import { Refusal } from './refusal.ts';

export type Account =
  | { readonly status: 'none' }
  | {
      readonly status: 'open' | 'closed';
      readonly kind: AccountKind;
      readonly currency: string;
      readonly balance: number;
      /** when its newest event was */
      readonly at: string;
    };
type Known = Exclude<Account, { status: 'none' }>;

/** One side of a movement of money. */
export interface Side {
  readonly [field: string]: unknown;
  readonly accountId: string;
  readonly type: Exclude<EntryType, 'opening' | 'closing'>;
  /** positive, in the smallest unit of the currency */
  readonly amount: number;
  readonly currency: string;
  readonly transferId: string;
  readonly counterparty: string;
  readonly text: string;
  readonly category: string;
  readonly at: string;
}

export type AccountCommand =
  | Command<
      'OpenAccount',
      {
        readonly accountId: string;
        readonly kind: AccountKind;
        readonly owner: string;
        readonly currency: string;
        readonly at: string;
      }
    >
  | Command<'CreditAccount', Side>
  | Command<'DebitAccount', Side>
  | Command<'CloseAccount', { readonly accountId: string; readonly at: string }>;

export const account: Decider<Account, AccountCommand, AccountEvent> = {
  initialState: () => ({ status: 'none' }),
  // An event tells what the account is after it: the newest one says it all, and so does the fold of all of them.
  evolve: (_account, { type, data: { kind, currency, balanceAfter, at } }) => ({
    status: type === 'AccountClosed' ? 'closed' : 'open',
    kind,
    currency,
    balance: balanceAfter,
    at,
  }),
  decide,
};

/** @throws Refusal */
function decide(command: AccountCommand, state: Account): AccountEvent {
  switch (command.type) {
    case 'OpenAccount': {
      const { owner, ...data } = command.data;
      if (state.status !== 'none') throw new TypeError(`the account ${data.accountId} is there already`);
      return {
        type: 'AccountOpened',
        data: { ...data, ...NOTHING_MOVES, ...dated(data.at), type: 'opening', balanceAfter: 0, owner },
      };
    }
    case 'CreditAccount':
      return { type: 'AccountCredited', data: entryOf(opened(state, command.data), command.data, 1) };
    case 'DebitAccount':
      return { type: 'AccountDebited', data: entryOf(opened(state, command.data), command.data, -1) };
    case 'CloseAccount': {
      const { accountId, at } = command.data;
      const { kind, currency, balance, at: before } = opened(state, command.data);
      if (kind === 'cash') throw internal();
      if (balance !== 0) throw new Refusal('account-not-empty', `the account holds ${balance}`);
      const data = { accountId, kind, currency, balanceAfter: balance, ...dated(at, before) };
      return { type: 'AccountClosed', data: { ...data, ...NOTHING_MOVES, type: 'closing' } };
    }
  }
}

const NOTHING_MOVES = {
  credit: 0,
  debit: 0,
  transferId: null,
  counterparty: null,
  text: '',
  category: null,
} as const;

/** `sign`: 1 for a credit, -1 for a debit. */
function entryOf({ kind, currency, balance, at: before }: Known, side: Side, sign: 1 | -1): Entry {
  const { accountId, type, amount, transferId, counterparty, text, category, at } = side;
  if (!isExact(amount) || amount < 1) throw new TypeError(`${amount} is no amount`);
  if (counterparty === accountId) throw new Refusal('same-account', 'an account moves no money to itself');
  if (kind === 'cash' && type === 'transfer') throw internal();
  if (side.currency !== currency)
    throw new Refusal('currency-mismatch', `the account ${accountId} is kept in ${currency}`);
  const balanceAfter = balance + sign * amount;
  if (kind === 'customer' && balanceAfter < 0)
    throw new Refusal('insufficient-funds', `the account holds ${balance}, which is less than ${amount}`);
  if (!isExact(balanceAfter))
    throw new Refusal('limit-exceeded', `no account holds more than ${MOST}, nor owes it`);
  return {
    accountId,
    kind,
    currency,
    type,
    credit: sign === 1 ? amount : 0,
    debit: sign === 1 ? 0 : amount,
    balanceAfter,
    transferId,
    counterparty,
    text,
    category,
    ...dated(at, before),
  };
}

function internal(): Refusal {
  return new Refusal('internal-account', 'the bank’s cash moves by deposits and withdrawals only');
}

function opened(state: Account, { accountId }: { readonly accountId: string }): Known {
  if (state.status === 'none') throw new Refusal('no-such-account', `there is no account ${accountId}`);
  if (state.status === 'closed') throw new Refusal('account-closed', `the account ${accountId} is closed`);
  return state;
}

/** Clocks are set back now and then; an account's time is not. */
function dated(now: string, before = now): Pick<Entry, 'at' | 'month'> {
  const at = now > before ? now : before;
  return { at, month: at.slice(0, '2026-11'.length) };
}
