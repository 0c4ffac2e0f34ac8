/** What each command does, by its answer and by the events that it leaves; and what it refuses. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { cashAccountId } from '../../examples/banking/write-api/domain/cash-account.ts';
import { decodeToken } from '../../services/shared/consistency-token.ts';
import { expectedOf, EVENT_ROWS, findingsIn } from './support/expected.ts';
import type { EventRow } from './support/expected.ts';
import { startBankingApi } from './support/banking-api.ts';
import type { TestBankingApi } from './support/banking-api.ts';

const UNKNOWN = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
const CASH = cashAccountId('EUR');

let api: TestBankingApi;
beforeAll(async () => {
  api = await startBankingApi();
});
afterAll(() => api.close());

const eventsOf = (id: string) =>
  api.rows(
    `select message_type as type, message_data ->> 'type' as entry, message_data ->> 'credit' as credit, message_data ->> 'debit' as debit,
            message_data ->> 'balanceAfter' as balance, message_data ->> 'counterparty' as counterparty
     from emt_messages where stream_id = $1 order by stream_position`,
    id,
  );

test('an account is opened, and with the first one of a currency the bank’s own', async () => {
  const answer = await api.ask('POST', '/accounts', { owner: 'Ada', currency: 'CHF' });
  const id = String(answer.body['id']);
  expect(answer).toMatchObject({
    status: 201,
    body: { id, version: 1 },
    headers: { etag: '"1"', location: `/accounts/${id}` },
  });
  expect(decodeToken(answer.headers['consistency-token'] ?? '')).toEqual({
    id,
    revision: 1,
    deleted: false,
  });
  expect(await eventsOf(id)).toMatchObject([{ type: 'AccountOpened', balance: '0' }]);
  expect(await eventsOf(cashAccountId('CHF'))).toMatchObject([{ type: 'AccountOpened', balance: '0' }]);
});

test('accounts that are opened at once have one account of the bank’s between them', async () => {
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => api.ask('POST', '/accounts', { owner: 'Ada', currency: 'SEK' })),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
  expect(await eventsOf(cashAccountId('SEK'))).toHaveLength(1);
});

test('money is paid in from the bank’s cash and out to it', async () => {
  const id = await api.newAccount();
  expect(await api.deposit(id, { amount: 500 })).toMatchObject({ status: 200, body: { id, version: 2 } });
  expect(await api.withdraw(id, { amount: 200 })).toMatchObject({ status: 200, body: { id, version: 3 } });
  expect(await eventsOf(id)).toEqual([
    expect.objectContaining({ type: 'AccountOpened' }),
    {
      type: 'AccountCredited',
      entry: 'deposit',
      credit: '500',
      debit: '0',
      balance: '500',
      counterparty: CASH,
    },
    {
      type: 'AccountDebited',
      entry: 'withdrawal',
      credit: '0',
      debit: '200',
      balance: '300',
      counterparty: CASH,
    },
  ]);
  expect((await eventsOf(CASH)).slice(-2)).toMatchObject([
    { type: 'AccountDebited', debit: '500', counterparty: id },
    { type: 'AccountCredited', credit: '200', counterparty: id },
  ]);
});

test('a transfer is two entries of one id, in one transaction', async () => {
  const from = await api.newAccount(500);
  const to = await api.newAccount();
  const { status, body } = await api.transfer(from, to, { amount: 120, text: 'Rent', category: 'rent' });
  expect([status, body]).toMatchObject([200, { id: from, version: 3 }]);
  const sides = await api.rows(
    `select stream_id, transaction_id, message_type, message_data ->> 'text' as text, message_data ->> 'category' as category
     from emt_messages where message_data ->> 'transferId' = $1 order by global_position`,
    body['transferId'],
  );
  expect(sides).toMatchObject([
    { stream_id: from, message_type: 'AccountDebited', text: 'Rent', category: 'rent' },
    { stream_id: to, message_type: 'AccountCredited', text: 'Rent', category: 'rent' },
  ]);
  expect(sides[0]?.['transaction_id']).toBe(sides[1]?.['transaction_id']);
  expect([await api.balanceOf(from), await api.balanceOf(to)]).toEqual([380, 120]);
});

test('an empty account is closed', async () => {
  const id = await api.newAccount();
  expect(await api.ask('POST', `/accounts/${id}/closure`)).toMatchObject({
    status: 200,
    body: { version: 2 },
  });
  expect((await eventsOf(id)).at(-1)).toMatchObject({ type: 'AccountClosed' });
});

describe('refused, and nothing of it is written:', () => {
  const refusals: readonly (readonly [
    what: string,
    answer: string,
    command: () => Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }>,
  ])[] = [
    ['a deposit to nobody', '404 no-such-account', () => api.deposit(UNKNOWN)],
    ['a withdrawal from nobody', '404 no-such-account', () => api.withdraw(UNKNOWN)],
    ['a closure of nothing', '404 no-such-account', () => api.ask('POST', `/accounts/${UNKNOWN}/closure`)],
    [
      'a transfer from nobody',
      '404 no-such-account',
      async () => api.transfer(UNKNOWN, await api.newAccount()),
    ],
    [
      'a transfer to nobody',
      '422 no-such-counterparty',
      async () => api.transfer(await api.newAccount(500), UNKNOWN),
    ],
    [
      'more than there is, paid out',
      '409 insufficient-funds',
      async () => api.withdraw(await api.newAccount(99)),
    ],
    [
      'more than there is, transferred',
      '409 insufficient-funds',
      async () => api.transfer(await api.newAccount(99), await api.newAccount()),
    ],
    [
      'another currency, paid in',
      '422 currency-mismatch',
      async () => api.deposit(await api.newAccount(0, 'USD')),
    ],
    [
      'a currency that nobody has',
      '422 currency-mismatch',
      async () => api.deposit(await api.newAccount(), { currency: 'XTS' }),
    ],
    [
      'a transfer to another currency',
      '422 currency-mismatch',
      async () => api.transfer(await api.newAccount(500), await api.newAccount(0, 'USD')),
    ],
    [
      'a transfer to the same account',
      '422 same-account',
      async () => {
        const id = await api.newAccount(500);
        return api.transfer(id, id.toUpperCase());
      },
    ],
    [
      'a transfer from the bank’s cash',
      '409 internal-account',
      async () => api.transfer(CASH, await api.newAccount()),
    ],
    [
      'a transfer to the bank’s cash',
      '409 internal-account',
      async () => api.transfer(await api.newAccount(500), CASH),
    ],
    ['a deposit to the bank’s cash', '422 same-account', () => api.deposit(CASH)],
    [
      'a closure of the bank’s cash',
      '409 internal-account',
      () => api.ask('POST', `/accounts/${CASH}/closure`),
    ],
    [
      'a closure of what is not empty',
      '409 account-not-empty',
      async () => api.ask('POST', `/accounts/${await api.newAccount(1)}/closure`),
    ],
    [
      'more than an account may hold',
      '422 limit-exceeded',
      async () => {
        const id = await api.newAccount(500);
        return api.deposit(id, { amount: Number.MAX_SAFE_INTEGER });
      },
    ],
    [
      'a deposit to a closed account',
      '409 account-closed',
      async () => {
        const id = await api.newAccount();
        await api.ask('POST', `/accounts/${id}/closure`);
        return api.deposit(id);
      },
    ],
    [
      'a transfer to a closed account',
      '409 account-closed',
      async () => {
        const id = await api.newAccount();
        await api.ask('POST', `/accounts/${id}/closure`);
        return api.transfer(await api.newAccount(500), id);
      },
    ],
  ];

  test.each(refusals)('%s', async (_what, answer, command) => {
    await api.newAccount(); // with it there is the bank's own
    const { status, body } = await command();
    expect(`${status} ${String(body['type']).replace('/problems/', '')}`).toBe(answer);
    const halves = await api.rows(
      `select 1 from emt_messages where message_data ->> 'transferId' is not null
       group by message_data ->> 'transferId' having count(*) <> 2`,
    );
    expect(halves).toEqual([]);
  });
});

test('after all of them the books balance', async () => {
  const { rows } = await api.database.admin.query<EventRow>(EVENT_ROWS);
  expect(rows.length).toBeGreaterThan(50);
  expect(findingsIn(expectedOf(rows), rows)).toEqual([]);
});
