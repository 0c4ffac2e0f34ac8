/** Life in the bank: accounts are opened when there are none, then money comes, goes and changes hands, and people look at what they have. */
import { runTraffic } from '../traffic/run-traffic.ts';
import { createRandomCommands } from './traffic/commands.ts';
import type { Command, KnownAccount, RandomCommands } from './traffic/commands.ts';

const ACCOUNTS = 36;
const READS_EACH = 5;

await runTraffic<Command, RandomCommands>(process.env, {
  title: 'Traffic of the bank',
  refusals: new Set([
    'insufficient-funds',
    'account-closed',
    'account-not-empty',
    'no-such-account',
    'no-such-counterparty',
  ]),
  createCommands: (random) => createRandomCommands(random, { accounts: ACCOUNTS }),
  begin: async (bank, { get }) => {
    const response = await get(`/balances?status=open&kind=customer&limit=${ACCOUNTS}&facets=false`);
    if (!response.ok) return;
    const { items } = (await response.json()) as { readonly items: readonly KnownAccount[] };
    for (const account of items) bank.learn(account);
  },
  look: async (command, { id, token }, bank, reads, count) => {
    // Who has just moved money must see it: with the token of the command.
    const screen = command.name === 'transferFunds' ? 'statements' : 'balances';
    const status = await reads.statusAfter(`/${screen}/${id}`, token);
    const account = bank.anyAccount();
    if (count % READS_EACH === 0 && account !== undefined)
      await Promise.all([
        reads.statusOf(`/transactions?account=${account}&sort=-at&facets=false`),
        reads.statusOf(`/balances/${account}?at=${new Date(Date.now() - 60_000).toISOString()}`),
        reads.statusOf('/spending?limit=20'),
      ]);
    return status === 200 ? [] : [`${screen} of ${id} were not to be seen: ${status}`];
  },
});
