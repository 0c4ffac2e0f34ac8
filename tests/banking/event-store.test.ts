/** The events are emmett's: its own client reads them; and they are never changed. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { getPostgreSQLEventStore, schemaSQL } from '@event-driven-io/emmett-postgresql';
import { Client } from 'pg';
import { account } from '../../examples/banking/write-api/domain/account.ts';
import { startBankingApi } from './support/banking-api.ts';
import type { TestBankingApi } from './support/banking-api.ts';

let api: TestBankingApi;
beforeAll(async () => {
  api = await startBankingApi();
});
afterAll(() => api.close());

const squeezed = (sql: string): string => sql.replaceAll(/\s+/g, ' ').trim();

test('the migration makes what the library of this version prints', () => {
  const file = new URL('../../examples/banking/migrations/1766000000001_event-store.sql', import.meta.url);
  const text = readFileSync(file, 'utf8').replace(/^(?:--.*\n)+/, '');
  expect(squeezed(text)).toBe(squeezed(schemaSQL.join('\n')));
});

test('the library reads what the commands have written, and folds it to the same account', async () => {
  const id = await api.newAccount(500);
  await api.withdraw(id, { amount: 120 });
  const store = getPostgreSQLEventStore(api.database.urlOf('writer'), {
    schema: { autoMigration: 'None' },
  });
  try {
    const { state, currentStreamVersion } = await store.aggregateStream(id, account);
    expect(state).toMatchObject({ status: 'open', balance: 380, currency: 'EUR' });
    expect(currentStreamVersion).toBe(3n);
  } finally {
    await store.close();
  }
});

const CHANGES = [
  "update emt_messages set message_data = '{}'",
  "update emt_messages_emt_default_active set message_type = 'x'",
  'delete from emt_messages',
  'delete from emt_messages_emt_default_active',
  'truncate emt_messages',
  'truncate emt_messages_emt_default_active',
];

test.each(CHANGES)('%s fails, for a superuser too', async (sql) => {
  await api.newAccount();
  await expect(api.database.admin.query(sql)).rejects.toThrow(/never changed|forbidden/);
});

test.each(CHANGES)('%s is not the writer’s to do', async (sql) => {
  const client = new Client({ connectionString: api.database.urlOf('writer') });
  await client.connect();
  try {
    await expect(client.query(sql)).rejects.toThrow(/permission denied/);
  } finally {
    await client.end();
  }
});

test.each([
  ['an overdraft', { credit: 0, debit: 1, balanceAfter: -1, kind: 'customer' }],
  ['a fraction', { credit: 0.5, debit: 0, balanceAfter: 1, kind: 'customer' }],
  ['a text for a number', { credit: '1', debit: 0, balanceAfter: 1, kind: 'customer' }],
  ['both sides at once', { credit: 1, debit: 1, balanceAfter: 1, kind: 'customer' }],
  ['more than is exact', { credit: 0, debit: 0, balanceAfter: 2 ** 53, kind: 'customer' }],
  [
    'a month that is not the time’s',
    {
      month: '2026-10',
      at: '2026-11-23T18:00:00.000000Z',
      credit: 1,
      debit: 0,
      balanceAfter: 1,
      kind: 'customer',
    },
  ],
  ['no balance', { credit: 1, debit: 0, kind: 'customer' }],
  ['nothing', {}],
  ['another account', { accountId: 'x', credit: 1, debit: 0, balanceAfter: 1, kind: 'customer' }],
])('no SQL writer gets in an event with %s', async (_what, data) => {
  const id = await api.newAccount();
  const insert = api.database.admin.query(
    `insert into emt_messages (stream_id, stream_position, transaction_id, message_schema_version, message_id, message_type, message_data, message_metadata)
     values ($1, 2, pg_current_xact_id(), '1', 'x', 'AccountCredited', $2, '{}')`,
    [id, JSON.stringify({ accountId: id, month: '2026-11', at: '2026-11-23T18:00:00.000000Z', ...data })],
  );
  await expect(insert).rejects.toThrow(/emt_messages_entry/);
});

test('hostile text is kept as it is', async () => {
  const id = await api.newAccount();
  const text = `'); drop table emt_messages; -- %L $1 \\ " 🏦`;
  expect(await api.deposit(id, { text })).toMatchObject({ status: 200 });
  expect(
    await api.rows(
      `select message_data ->> 'text' as text from emt_messages where stream_id = $1 offset 1`,
      id,
    ),
  ).toEqual([{ text }]);
});
