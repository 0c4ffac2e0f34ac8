/** Many at once on few accounts: no money comes or goes, nobody is overdrawn, and nobody waits in a circle. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../support/write-api.ts';
import { createRandom } from '../../services/shared/random.ts';
import { startBankingApi } from './support/banking-api.ts';
import type { TestBankingApi } from './support/banking-api.ts';
import { EVENT_ROWS, expectedOf, findingsIn } from './support/expected.ts';
import type { EventRow } from './support/expected.ts';

let api: TestBankingApi;
beforeAll(async () => {
  api = await startBankingApi();
});
afterAll(() => api.close());

const statusesOf = (answers: readonly Answer[]): readonly number[] =>
  [...new Set(answers.map(({ status }) => status))].toSorted((a, b) => a - b);

async function findings(): Promise<readonly string[]> {
  const { rows } = await api.database.admin.query<EventRow>(EVENT_ROWS);
  return findingsIn(expectedOf(rows), rows);
}

test('of withdrawals that are more than there is together, as many are made as there is money for', async () => {
  const id = await api.newAccount(500);
  const answers = await Promise.all(Array.from({ length: 20 }, () => api.withdraw(id)));
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(statusesOf(answers)).toEqual([200, 409]);
  expect(await api.balanceOf(id)).toBe(0);
  const versions = answers.flatMap(({ status, body }) => (status === 200 ? [Number(body['version'])] : []));
  expect(versions.toSorted((a, b) => a - b)).toEqual([3, 4, 5, 6, 7]);
});

test('transfers in all directions between few accounts leave the sum as it was', async () => {
  const accounts = await Promise.all([1000, 1000, 1000, 0].map((balance) => api.newAccount(balance)));
  const random = createRandom(20_261_127);
  const answers = await Promise.all(
    Array.from({ length: 200 }, () => {
      const [from = '', to = ''] = [random.pick(accounts), random.pick(accounts)];
      return api.transfer(from, to, { amount: 1 + random.below(900) });
    }),
  );
  // 422: to itself
  expect(statusesOf(answers)).toEqual([200, 409, 422]);
  const balances = await Promise.all(accounts.map(api.balanceOf));
  expect(balances.reduce((sum, each) => sum + each, 0)).toBe(3000);
  expect(Math.min(...balances)).toBeGreaterThanOrEqual(0);
  expect(await findings()).toEqual([]);
  // All lock in the same order: there was nothing to try again.
  expect((await api.ask('GET', '/metrics')).text).toMatch(/write_api_transaction_retries_total 0/);
});

test('two against each other, over and over, are never in each other’s way', async () => {
  const one = await api.newAccount(100);
  const other = await api.newAccount(100);
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? api.transfer(one, other, { amount: 1 }) : api.transfer(other, one, { amount: 1 }),
    ),
  );
  expect(statusesOf(answers)).toEqual([200]);
  expect(await findings()).toEqual([]);
});

test('who appends without a command, as emmett’s own client does, is waited for, and a command goes on from there', async () => {
  const id = await api.newAccount(500);
  const other = await api.database.admin.connect();
  try {
    await other.query('begin');
    await other.query(
      `select emt_append_to_stream(array['m'], array[message_data || '{"credit": 1, "debit": 0, "balanceAfter": 501}']::jsonb[],
         array['{}']::jsonb[], array['1'], array['AccountCredited'], array['E'], stream_id, 'account', 2, 'emt:default')
       from emt_messages where stream_id = $1 and stream_position = 2`,
      [id],
    );
    const command = api.withdraw(id, { amount: 500 });
    await untilBlocked();
    await other.query('commit');
    expect(await command).toMatchObject({ status: 200, body: { version: 4 } });
  } finally {
    other.release();
  }
  expect(await api.balanceOf(id)).toBe(1);
});

async function untilBlocked(): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline) {
    const waiting = await api.rows(
      `select 1 from pg_stat_activity
       where datname = $1 and application_name = 'readside-write-api' and wait_event_type = 'Lock'`,
      api.database.name,
    );
    if (waiting.length > 0) return;
  }
  throw new Error('no command waits for a lock');
}
