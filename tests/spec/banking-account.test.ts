import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { account } from '../../examples/banking/write-api/domain/account.ts';
import type { AccountCommand, Side } from '../../examples/banking/write-api/domain/account.ts';
import { cashAccountId } from '../../examples/banking/write-api/domain/cash-account.ts';
import type {
  AccountClosed,
  AccountCredited,
  AccountDebited,
  AccountEvent,
  AccountKind,
  AccountOpened,
} from '../../examples/banking/write-api/domain/events.ts';
import { MOST } from '../../examples/banking/write-api/domain/money.ts';
import { Refusal } from '../../examples/banking/write-api/domain/refusal.ts';
import type { RefusalKind } from '../../examples/banking/write-api/domain/refusal.ts';

/** What happens; or the kind of the refusal. */
function after(
  events: readonly AccountEvent[],
  command: AccountCommand,
): readonly AccountEvent[] | RefusalKind {
  try {
    return [account.decide(command, events.reduce(account.evolve, account.initialState()))].flat();
  } catch (error) {
    if (error instanceof Refusal) return error.kind;
    throw error;
  }
}
const ID = 'a';
const AT = '2026-11-23T18:00:00.000000Z';
const LATER = '2026-11-23T18:00:01.000000Z';
const MONTH = '2026-11';
const nothing = {
  credit: 0,
  debit: 0,
  transferId: null,
  counterparty: null,
  text: '',
  category: null,
  month: MONTH,
};

const opened = (kind: AccountKind = 'customer', at = AT): AccountOpened => ({
  type: 'AccountOpened',
  data: {
    accountId: ID,
    kind,
    currency: 'EUR',
    ...nothing,
    type: 'opening',
    balanceAfter: 0,
    owner: 'Ada',
    at,
  },
});
const side = (amount: number, more: Partial<Side> = {}): Side => ({
  accountId: ID,
  type: 'deposit',
  amount,
  currency: 'EUR',
  transferId: 't',
  counterparty: 'b',
  text: 'x',
  category: 'other',
  at: LATER,
  ...more,
});
const credit = (amount: number, more?: Partial<Side>): AccountCommand => ({
  type: 'CreditAccount',
  data: side(amount, more),
});
const debit = (amount: number, more?: Partial<Side>): AccountCommand => ({
  type: 'DebitAccount',
  data: side(amount, more),
});
const credited = (amount: number, balanceAfter: number): AccountCredited => {
  const { amount: _amount, ...entry } = side(amount);
  return {
    type: 'AccountCredited',
    data: { ...entry, kind: 'customer', month: MONTH, credit: amount, debit: 0, balanceAfter },
  };
};
const debited = (amount: number, balanceAfter: number, kind: AccountKind = 'customer'): AccountDebited => {
  const { amount: _amount, ...entry } = side(amount);
  return {
    type: 'AccountDebited',
    data: { ...entry, kind, month: MONTH, credit: 0, debit: amount, balanceAfter },
  };
};
const close: AccountCommand = { type: 'CloseAccount', data: { accountId: ID, at: LATER } };
const closed: AccountClosed = {
  type: 'AccountClosed',
  data: {
    accountId: ID,
    kind: 'customer',
    currency: 'EUR',
    ...nothing,
    type: 'closing',
    balanceAfter: 0,
    at: LATER,
  },
};
describe('an account', () => {
  test('is opened empty', () => {
    expect(
      after([], {
        type: 'OpenAccount',
        data: { accountId: ID, kind: 'customer', owner: 'Ada', currency: 'EUR', at: AT },
      }),
    ).toEqual([opened()]);
  });

  test('is credited, and tells its balance', () => {
    expect(after([opened()], credit(100))).toEqual([credited(100, 100)]);
    expect(after([opened(), credited(100, 100)], credit(1))).toEqual([credited(1, 101)]);
  });

  test('is debited down to nothing, and not below', () => {
    expect(after([opened(), credited(100, 100)], debit(100))).toEqual([debited(100, 0)]);
    expect(after([opened(), credited(100, 100)], debit(101))).toBe('insufficient-funds');
  });

  test('of the bank’s cash may be below zero', () => {
    expect(after([opened('cash')], debit(100))).toEqual([debited(100, -100, 'cash')]);
  });

  test('of the bank’s cash takes part in no transfer, and is not closed', () => {
    expect(after([opened('cash')], credit(100, { type: 'transfer' }))).toBe('internal-account');
    expect(after([opened('cash')], close)).toBe('internal-account');
  });

  test('moves no money to itself', () => {
    expect(after([opened(), credited(100, 100)], debit(1, { counterparty: ID }))).toBe('same-account');
  });

  test('takes no other currency', () => {
    expect(after([opened()], credit(1, { currency: 'USD' }))).toBe('currency-mismatch');
  });

  test('holds no more than a number of JSON tells exactly', () => {
    expect(after([opened(), credited(MOST, MOST)], credit(1))).toBe('limit-exceeded');
  });

  test.each([0, -1, 0.5, MOST + 1, Number.NaN])('moves no amount of %p', (amount) => {
    expect(() => account.decide(credit(amount), account.evolve({ status: 'none' }, opened()))).toThrow(
      TypeError,
    );
  });

  test('is closed when it is empty, and does nothing after that', () => {
    expect(after([opened()], close)).toEqual([closed]);
    expect(after([opened(), credited(1, 1)], close)).toBe('account-not-empty');
    for (const command of [close, credit(1), debit(1)])
      expect(after([opened(), closed], command)).toBe('account-closed');
  });

  test('that is not there does nothing', () => {
    for (const command of [close, credit(1), debit(1)]) expect(after([], command)).toBe('no-such-account');
  });

  test('has a time that never goes back, whatever the clock does', () => {
    const at = '2026-11-24T00:00:00.000000Z';
    const [event] = [account.decide(credit(1), account.evolve({ status: 'none' }, opened('customer', at)))];
    expect(event).toMatchObject({ data: { at } });
  });

  test('is after any events what it is after the newest of them alone', () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 1000 })), { maxLength: 30 });
    fc.assert(
      fc.property(steps, (all) => {
        const events: AccountEvent[] = [opened()];
        const fold = (): ReturnType<typeof account.initialState> =>
          events.reduce<ReturnType<typeof account.initialState>>(account.evolve, account.initialState());
        for (const [isCredit, amount] of all) {
          try {
            events.push(...[account.decide(isCredit ? credit(amount) : debit(amount), fold())].flat());
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          const newest = events.at(-1);
          if (newest === undefined) throw new Error('no event');
          expect(account.evolve(account.initialState(), newest)).toEqual(fold());
        }
        const sum = events.reduce((total, { data }) => total + data.credit - data.debit, 0);
        expect(fold()).toMatchObject({ balance: sum });
        expect(sum).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

test('the bank’s own account of a currency has an id of its own', () => {
  expect(cashAccountId('EUR')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(cashAccountId('EUR')).toBe(cashAccountId('EUR'));
  expect(cashAccountId('USD')).not.toBe(cashAccountId('EUR'));
});
