/** The definitions of the shop's screens, after random commands: what they make of the tables is what SQL of its own says. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import dashboard from '../../examples/orders/projections/dashboard.ts';
import order from '../../examples/orders/projections/order.ts';
import orderSearch from '../../examples/orders/projections/order_search.ts';
import { createRandomCommands } from '../../examples/orders/traffic/commands.ts';
import { tallyJson } from '../../services/read-api/tallies/tally-json.ts';
import { installSourceViews } from '../../services/shared/install-source-view.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { createRandom } from '../../services/shared/random.ts';
import { newSeed } from '../support/workload/settings.ts';
import { dashboardFigures, expectedDashboard, expectedFacets, expectedOrders } from './support/expected.ts';
import type { Figures } from './support/expected.ts';
import { startShop } from './support/orders-api.ts';
import type { TestShop } from './support/orders-api.ts';

const COMMANDS = 900;
const REFUSALS = ['out-of-stock', 'wrong-status', 'refund-exceeds-paid'];

let shop: TestShop;
const outcomes = new Map<string, number>();
const unexpected: string[] = [];
beforeAll(async () => {
  shop = await startShop();
  await installSourceViews(shop.database.adminUrl, [order, orderSearch, dashboard]);
  const commands = createRandomCommands(createRandom(newSeed()));
  for (let i = 0; i < COMMANDS; i++) {
    const command = commands.next();
    const { status, body, text } = await shop.ask(command.method, command.path, command.body);
    const kind = status < 300 ? 'done' : String(body['type']).replace('/problems/', '');
    if (kind === 'done') commands.done(command, String(body['id']));
    else if (!REFUSALS.includes(kind)) unexpected.push(`${command.name}: ${text}`);
    const name = `${command.name} ${kind}`;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
}, 300_000);
afterAll(() => shop.close());

/** What the source view makes of the tables. */
async function documentsOf({
  sourceView,
}: Projection): Promise<ReadonlyMap<string, Record<string, unknown>>> {
  const { rows } = await shop.database.admin.query<{ id: string; document: Record<string, unknown> }>(
    `select id, document from ${sourceView.name}`,
  );
  return new Map(rows.map(({ id, document }) => [id, document]));
}

test('the random commands have done everything that can be done, and met every refusal of the shop', () => {
  expect(unexpected).toEqual([]);
  expect([...outcomes.keys()]).toEqual(
    expect.arrayContaining([
      'placeOrder done',
      'placeOrder out-of-stock',
      'updateShipping done',
      'updateShipping wrong-status',
      'cancelOrder done',
      'cancelOrder wrong-status',
      'processRefund done',
      'processRefund refund-exceeds-paid',
      'renameCustomer done',
      'updateProduct done',
      'restockProduct done',
    ]),
  );
});

describe('after them', () => {
  test('an order’s document is the order with its parts', async () => {
    const expected = await expectedOrders(shop.database.admin);
    expect(expected.size).toBeGreaterThan(100);
    expect(await documentsOf(order)).toEqual(expected);
  });

  test('the search counts what there is', async () => {
    const counted: Record<string, number> = {};
    const add = (name: string): void => {
      counted[name] = (counted[name] ?? 0) + 1;
    };
    for (const document of (await documentsOf(orderSearch)).values()) {
      add('total');
      for (const { name, field } of orderSearch.facets) add(`${name} ${String(document[field])}`);
    }
    expect(counted).toEqual(await expectedFacets(shop.database.admin));
  });

  test('the dashboard adds up what there is, cancels and refunds taken off', async () => {
    const expected = await expectedDashboard(shop.database.admin);
    expect(Object.keys(expected).filter((name) => name.startsWith('refunds EUR partial'))).toHaveLength(3);
    expect(served(await documentsOf(dashboard))).toEqual(expected);
  });
});

/** The figures of documents, as the read API would tell them. */
function served(documents: ReadonlyMap<string, Record<string, unknown>>): Figures {
  const counts = new Map<string, number>();
  for (const document of documents.values())
    for (const each of dashboard.talliesOf?.(document) ?? []) {
      const { tally, amount } = typeof each === 'string' ? { tally: each, amount: 1 } : each;
      counts.set(tally, (counts.get(tally) ?? 0) + amount);
    }
  const body = JSON.parse(tallyJson(dashboard.definition, counts, 10_000)) as Parameters<
    typeof dashboardFigures
  >[0];
  return dashboardFigures(body);
}
