/**
 * What can happen to an account. Each event tells one account's entry and what the account is after it, so that a reader of any single one
 * needs no other, and a decision needs the newest one only.
 */
import type { Event } from '@event-driven-io/emmett';

/** `cash`: the bank's own side of a currency, whatever comes in or goes out; it alone may be below zero. */
export type AccountKind = 'customer' | 'cash';
export type EntryType = 'opening' | 'deposit' | 'withdrawal' | 'transfer' | 'closing';

export interface Entry {
  readonly [field: string]: unknown;
  readonly accountId: string;
  readonly kind: AccountKind;
  readonly currency: string;
  readonly type: EntryType;
  /** In the smallest unit of the currency; one of the two is zero, and both are where no money moves. */
  readonly credit: number;
  readonly debit: number;
  readonly balanceAfter: number;
  /** The same in both entries of a movement; null: no money moves. */
  readonly transferId: string | null;
  /** The account on the other side. */
  readonly counterparty: string | null;
  readonly text: string;
  readonly category: string | null;
  /** ISO 8601 in UTC with microseconds; in a stream it never goes back. */
  readonly at: string;
  /** That it is booked in: of `at`, as 2026-11. */
  readonly month: string;
}

export type AccountOpened = Event<'AccountOpened', Entry & { readonly owner: string }>;
export type AccountCredited = Event<'AccountCredited', Entry>;
export type AccountDebited = Event<'AccountDebited', Entry>;
export type AccountClosed = Event<'AccountClosed', Entry>;
export type AccountEvent = AccountOpened | AccountCredited | AccountDebited | AccountClosed;
