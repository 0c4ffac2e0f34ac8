/** After random commands: what the definitions make of the events, by the stream and by SQL, is what the events say by themselves. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import balance from '../../examples/banking/projections/balance.ts';
import history from '../../examples/banking/projections/history.ts';
import spending from '../../examples/banking/projections/spending.ts';
import statement from '../../examples/banking/projections/statement.ts';
import transaction from '../../examples/banking/projections/transaction.ts';
import { createRandomCommands } from '../../examples/banking/traffic/commands.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { createRandom } from '../../services/shared/random.ts';
import { contentToJson } from '../../services/shared/stored-document.ts';
import { sourcePages } from '../../services/shared/verify/source-documents.ts';
import type { RawRow } from '../../services/shared/projection/change-event.ts';
import { changesOf } from '../support/given-when-then.ts';
import { startBankingApi } from './support/banking-api.ts';
import type { TestBankingApi } from './support/banking-api.ts';
import { EVENT_ROWS, expectedOf, findingsIn } from './support/expected.ts';
import type { EventRow, Expected } from './support/expected.ts';

const SEED = 20_261_127;
const COMMANDS = 400;
const all = [balance, history, statement, transaction, spending];

let api: TestBankingApi;
let expected: Expected;
let rows: readonly EventRow[];
const refused = new Map<string, number>();

beforeAll(async () => {
  api = await startBankingApi();
  const commands = createRandomCommands(createRandom(SEED), { accounts: 12 });
  for (let sent = 0; sent < COMMANDS; sent++) {
    const command = commands.next();
    const { status, body } = await api.ask(command.method, command.path, command.body);
    if (status < 300) commands.done(command, String(body['id']));
    else {
      const kind = `${status} ${String(body['type']).replace('/problems/', '')}`;
      refused.set(kind, (refused.get(kind) ?? 0) + 1);
    }
  }
  ({ rows } = await api.database.admin.query<EventRow>(EVENT_ROWS));
  expected = expectedOf(rows);
  await installSourceViews(api.database.adminUrl, all);
});
afterAll(() => api.close());

test('most commands are done, and some meet what they must not do', () => {
  expect([...refused.keys()].toSorted()).toEqual(['409 account-not-empty', '409 insufficient-funds']);
  expect([...refused.values()].reduce((sum, each) => sum + each, 0)).toBeLessThan(COMMANDS / 3);
  expect(expected.entries.length).toBeGreaterThan(COMMANDS);
});

test('the books balance, and each event tells its balance truly', () => {
  expect(findingsIn(expected, rows)).toEqual([]);
});

test('an event that is left out is found', () => {
  const moved = rows.findIndex(({ message_type }) => message_type === 'AccountCredited');
  const fewer = rows.toSpliced(moved, 1);
  expect(findingsIn(expectedOf(fewer), fewer).length).toBeGreaterThan(3);
});

type Documents = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

async function bySql(projection: Projection): Promise<Documents> {
  const found = new Map<string, Readonly<Record<string, unknown>>>();
  for await (const page of sourcePages(api.database.admin, projection, 100)) {
    for (const [id, { json, refused: why }] of page) {
      if (why !== null) throw new Error(why);
      found.set(id, parseLossless(json ?? 'null') as Readonly<Record<string, unknown>>);
    }
  }
  return found;
}

/** From the rows as Debezium sends them: json as text. */
async function byStream(projection: Projection): Promise<Documents> {
  const { rows: raw } = await api.database.admin.query<RawRow>(
    `select stream_id, event.stream_position, message_id, message_type, message_data::text as message_data
     from emt_messages as event order by event.stream_id, event.stream_position`,
  );
  const states = new Map<string, ReturnType<Projection['evolve']>>();
  const [{ keyColumn } = { keyColumn: '' }] = projection.captured;
  for (const row of raw) {
    const id = String(row[keyColumn]);
    const change = changesOf('emt_messages', id).created({
      ...row,
      stream_position: Number(row['stream_position']),
    });
    states.set(id, projection.evolve(states.get(id) ?? null, change));
  }
  return new Map(
    [...states].map(([id, { content }]) => [
      id,
      parseLossless(contentToJson(projection, id, content)) as Readonly<Record<string, unknown>>,
    ]),
  );
}

describe.each([
  ['by SQL', bySql],
  ['by the stream', byStream],
] as const)('%s', (_how, documentsOf) => {
  test.each([balance, history].map((each) => [each.name, each] as const))(
    'each account’s document is what its events add up to: %s',
    async (_name, projection) => {
      const documents = await documentsOf(projection);
      expect(documents.size).toBe(expected.accounts.length);
      for (const account of expected.accounts) {
        const { lastEntry, ...rest } = documents.get(account.id) ?? {};
        const { id, position: version, owner, kind, currency, status, openedAt, entries } = account;
        const told = { id, version, owner, kind, currency, status, openedAt, entries };
        expect(rest).toEqual({ ...told, balance: account.balance });
        expect((lastEntry as { at: string } | null)?.at ?? null).toBe(account.lastEntryAt);
      }
    },
  );

  test('each account’s statements', async () => {
    const documents = await documentsOf(statement);
    expect(documents.size).toBe(expected.accounts.length);
    for (const { id, position: version, owner, currency, balance: sum, months } of expected.accounts) {
      const told = Object.fromEntries(months.map(({ month, ...of }) => [month, of]));
      expect(documents.get(id)).toEqual({ id, version, owner, currency, balance: sum, months: told });
    }
  });

  test('each entry', async () => {
    const documents = await documentsOf(transaction);
    expect(documents.size).toBe(rows.length);
    for (const { accountId: account, ...entry } of expected.entries) {
      const { kind: _kind, month, ...document } = documents.get(entry.id) ?? {};
      expect(document).toEqual({ account, ...entry });
      expect(month).toBe(entry.at.slice(0, 7));
    }
  });

  test('what is taken in and given out, by account, month and category', async () => {
    const sums = new Map<string, number>();
    const add = (key: readonly unknown[], amount: number): void => {
      const text = JSON.stringify(key);
      sums.set(text, (sums.get(text) ?? 0) + amount);
    };
    for (const document of (await documentsOf(spending)).values()) {
      const { account, at, category, kind, event, credit, debit } = document;
      if (kind !== 'customer' || event === 'AccountOpened' || event === 'AccountClosed') continue;
      const key = [account, String(at).slice(0, 7), category];
      add(['credit', ...key], Number(credit));
      add(['debit', ...key], Number(debit));
    }
    const customers = new Set(expected.accounts.flatMap(({ id, kind }) => (kind === 'cash' ? [] : [id])));
    const told = expected.spending.filter(({ account }) => customers.has(account));
    expect(told.length).toBeGreaterThan(20);
    for (const { account, month, category, credit, debit } of told) {
      expect(sums.get(JSON.stringify(['credit', account, month, category]))).toBe(credit);
      expect(sums.get(JSON.stringify(['debit', account, month, category]))).toBe(debit);
    }
    expect(sums.size).toBe(2 * told.length);
  });
});
