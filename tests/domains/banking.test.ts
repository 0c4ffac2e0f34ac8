/**
 * The bank under random commands while its projectors and Connect are killed: every screen is what the events say by themselves, and no money is
 * made or lost. And the verbs work on it as on any other application. `npm run test:domains`: a minute of it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRandomCommands } from '../../examples/banking/traffic/commands.ts';
import type { Command } from '../../examples/banking/traffic/commands.ts';
import { createCommandClient } from '../../examples/traffic/command-client.ts';
import { createRandom } from '../../services/shared/random.ts';
import { EVENT_ROWS, expectedOf, findingsIn } from '../banking/support/expected.ts';
import type { EventRow } from '../banking/support/expected.ts';
import { jsonOf } from '../support/cli.ts';
import { openDomain, sendAll, underKills } from '../support/domain.ts';
import type { Domain } from '../support/domain.ts';
import { expectVerbs } from '../support/domain-verbs.ts';
import { compareDocuments } from '../support/oracle.ts';
import { loadSeconds, newSeed } from '../support/workload/settings.ts';

const SECONDS = loadSeconds(15);
const ACCOUNTS = 20;
const REFUSALS = new Set([
  'insufficient-funds',
  'account-closed',
  'account-not-empty',
  'no-such-account',
  'no-such-counterparty',
]);

let bank: Domain;
beforeAll(async () => {
  bank = await openDomain('banking');
}, 240_000);
afterAll(() => bank.close(), 60_000);

async function bodyOf(path: string): Promise<Readonly<Record<string, unknown>>> {
  const { status, body } = await bank.read(path);
  expect([path, status]).toEqual([path, 200]);
  return body as Readonly<Record<string, unknown>>;
}

async function expectRight(): Promise<void> {
  for (const pipeline of bank.pipelines.values())
    expect([pipeline.projection.name, (await compareDocuments(pipeline)).wrong]).toEqual([
      pipeline.projection.name,
      [],
    ]);
  const { rows } = await bank.pipeline('balance').sql.query<EventRow>(EVENT_ROWS);
  const expected = expectedOf(rows);
  expect(findingsIn(expected, rows)).toEqual([]);
  const sums = new Map<string, number>();
  for (const {
    id,
    owner,
    currency,
    status,
    balance,
    entries,
    position: version,
    months,
  } of expected.accounts) {
    const served = await bodyOf(`/balances/${id}`);
    expect(served).toMatchObject({ id, owner, currency, status, balance, entries, version });
    sums.set(currency, (sums.get(currency) ?? 0) + Number(served['balance']));
    const told = Object.fromEntries(months.map(({ month, ...of }) => [month, of]));
    expect(await bodyOf(`/statements/${id}`)).toMatchObject({ version, balance, months: told });
  }
  // Each movement has two sides: whatever is moved, nothing is made.
  expect([...sums.values()].filter((sum) => sum !== 0)).toEqual([]);
  for (const { accountId: account, ...entry } of expected.entries)
    expect(await bodyOf(`/transactions/${entry.id}`)).toMatchObject({ account, ...entry });
}

test(
  'every screen is what the events say, whatever was killed meanwhile',
  async () => {
    const commands = createRandomCommands(createRandom(newSeed()), { accounts: ACCOUNTS });
    const send = createCommandClient({
      ...bank,
      refusals: REFUSALS,
      signal: AbortSignal.timeout(SECONDS * 1000 + 120_000),
    });
    const sending = sendAll<Command>(commands, send, AbortSignal.timeout(SECONDS * 1000));
    const { done, wrong, kills } = await underKills(bank, sending);
    expect(wrong).toEqual([]);
    expect(done).toBeGreaterThan(100);
    expect(kills).toBeGreaterThan(1);
    await bank.settled();
    await expectRight();
  },
  SECONDS * 1000 + 300_000,
);

test('the verbs work on its read models, and an account is told as of any moment', async () => {
  const { rows } = await bank.pipeline('balance').sql.query<{ stream_id: string; message_id: string }>(
    `select stream_id, message_id from emt_messages as event
       where event.stream_position = 2 order by event.stream_id limit 1`,
  );
  const [event] = rows;
  if (!event) throw new Error('no account has moved money');
  const told = await bank.readside('history', event.stream_id, '--projection', 'history', '--json');
  expect(told.code).toBe(0);
  const { items } = jsonOf(told) as { readonly items: ReadonlyArray<{ number: number; at: string }> };
  const second = items.find(({ number }) => number === 2);
  for (const moment of [second?.at, 2])
    expect(await bodyOf(`/balances/${event.stream_id}?at=${moment}`)).toMatchObject({
      version: 2,
      entries: 1,
    });
  expect(await bodyOf(`/balances/${event.stream_id}?at=1`)).toMatchObject({ version: 1, entries: 0 });
  await expectVerbs(bank, ['balance', 'history', 'statement'], event.stream_id);
  await expectVerbs(bank, ['transaction', 'spending'], event.message_id);
  await expectRight();
}, 400_000);
