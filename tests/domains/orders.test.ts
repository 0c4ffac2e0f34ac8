/**
 * The shop under random commands while its projectors and Connect are killed: every screen is what SQL of its own says. And the verbs work on it
 * as on any other application. `npm run test:domains`: a minute of it.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createRandomCommands } from '../../examples/orders/traffic/commands.ts';
import type { Command } from '../../examples/orders/traffic/commands.ts';
import { createCommandClient } from '../../examples/traffic/command-client.ts';
import { createRandom } from '../../services/shared/random.ts';
import {
  dashboardFigures,
  expectedDashboard,
  expectedFacets,
  expectedOrders,
  facetFigures,
} from '../orders/support/expected.ts';
import { openDomain, sendAll, underKills } from '../support/domain.ts';
import type { Domain } from '../support/domain.ts';
import { expectVerbs } from '../support/domain-verbs.ts';
import { compareDocuments } from '../support/oracle.ts';
import { loadSeconds, newSeed } from '../support/workload/settings.ts';

const SECONDS = loadSeconds(15);
const REFUSALS = new Set(['out-of-stock', 'wrong-status', 'refund-exceeds-paid', 'limit-exceeded']);
const AT_ONCE = 20;

let shop: Domain;
beforeAll(async () => {
  shop = await openDomain('orders');
}, 240_000);
afterAll(() => shop.close(), 60_000);

async function expectRight(): Promise<void> {
  for (const pipeline of shop.pipelines.values())
    expect([pipeline.projection.name, (await compareDocuments(pipeline)).wrong]).toEqual([
      pipeline.projection.name,
      [],
    ]);
  const { sql } = shop.pipeline('order');
  const expected = await expectedOrders(sql);
  const served = new Map<string, unknown>();
  const ids = [...expected.keys()];
  for (let at = 0; at < ids.length; at += AT_ONCE)
    await Promise.all(
      ids.slice(at, at + AT_ONCE).map(async (id) => served.set(id, (await shop.read(`/orders/${id}`)).body)),
    );
  expect(served).toEqual(expected);
  const { body: found } = await shop.read('/order_search?limit=1');
  expect(facetFigures(found as Parameters<typeof facetFigures>[0])).toEqual(await expectedFacets(sql));
  const { body: told } = await shop.read('/dashboard?limit=1000');
  expect(dashboardFigures(told as Parameters<typeof dashboardFigures>[0])).toEqual(
    await expectedDashboard(sql),
  );
}

test(
  'every screen is what SQL says, whatever was killed meanwhile',
  async () => {
    const commands = createRandomCommands(createRandom(newSeed()));
    const send = createCommandClient({
      ...shop,
      refusals: REFUSALS,
      signal: AbortSignal.timeout(SECONDS * 1000 + 120_000),
    });
    const sending = sendAll<Command>(commands, send, AbortSignal.timeout(SECONDS * 1000));
    const { done, wrong, kills } = await underKills(shop, sending);
    expect(wrong).toEqual([]);
    expect(done).toBeGreaterThan(100);
    expect(kills).toBeGreaterThan(1);
    await shop.settled();
    await expectRight();
  },
  SECONDS * 1000 + 300_000,
);

test('the verbs work on its read models', async () => {
  const { rows } = await shop
    .pipeline('order')
    .sql.query<{ id: string }>('select id from orders order by id limit 1');
  const id = rows[0]?.id ?? '';
  expect(id).not.toBe('');
  await expectVerbs(shop, ['order', 'order_search', 'dashboard'], id);
  await expectRight();
}, 300_000);
