import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { nextId } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { insertOrder } from './order-row.ts';
import { Refusal } from './refusal.ts';
import { takeFromStock } from './stock.ts';
import type { Priced, Wanted } from './stock.ts';

export interface NewOrder {
  readonly customerId: string;
  readonly items: readonly Wanted[];
}

export const MAX_ITEMS = 50;
export const MAX_QUANTITY = 1000;
/** In the smallest unit of whatever currency. */
export const MAX_TOTAL = 1_000_000_000_000;

const PARTS_FIRST = 'set constraints public.order_items_order_fkey deferred';

/** Takes the pieces from stock, keeps the present prices, and has the whole paid. */
export async function placeOrder(client: SqlClient, { customerId, items }: NewOrder): Promise<Made> {
  refuseRepeated(items);
  const priced = await takeFromStock(client, items);
  const currency = currencyOf(priced);
  const total = priced.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  if (total > MAX_TOTAL) throw new Refusal('limit-exceeded', `an order’s total is at most ${MAX_TOTAL}`);
  // Invariant 9: the root's row comes last, and its parts before it.
  await client.query(PARTS_FIRST, []);
  const id = await nextId(client);
  await insertItems(client, { id, customerId, currency }, priced);
  return insertOrder(client, id, {
    customerId,
    status: 'placed',
    currency,
    total,
    paid: total,
    refunded: 0,
    openShipments: 0,
    cancelledAt: null,
  });
}

function refuseRepeated(items: readonly Wanted[]): void {
  const seen = new Set<string>();
  for (const [index, { productId }] of items.entries()) {
    if (seen.has(productId))
      throw new Refusal('repeated-product', 'an order has one item of a product', {
        errors: [{ pointer: `/items/${index}/productId`, detail: 'is listed before' }],
      });
    seen.add(productId);
  }
}

function currencyOf(items: readonly Priced[]): string {
  const [first] = items;
  if (first === undefined) throw new Error('an order without items came past its schema');
  const other = items.findIndex(({ currency }) => currency !== first.currency);
  if (other === -1) return first.currency;
  throw new Refusal('mixed-currencies', 'the products are sold in different currencies', {
    errors: [{ pointer: `/items/${other}/productId`, detail: `is not sold in ${first.currency}` }],
  });
}

async function insertItems(
  client: SqlClient,
  order: { readonly id: string; readonly customerId: string; readonly currency: string },
  items: readonly Priced[],
): Promise<void> {
  const rows = items.map(({ productId, quantity, unitPrice }, position) => ({
    position,
    productId,
    quantity,
    unitPrice,
  }));
  await client.query(
    `insert into public.order_items
       (order_id, customer_id, currency, position, product_id, quantity, unit_price)
     select $1, $2, $3, position, "productId", quantity, "unitPrice"
     from jsonb_to_recordset($4::jsonb)
       as given (position smallint, "productId" uuid, quantity integer, "unitPrice" bigint)`,
    [order.id, order.customerId, order.currency, JSON.stringify(rows)],
  );
}
