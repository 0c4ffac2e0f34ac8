/**
 * What orders take from the products and give back. The rows are locked in the order of their ids, so that no two orders wait for each
 * other, and until the transaction ends: of two orders for the last piece the second one sees that it is gone.
 */
import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { Refusal } from './refusal.ts';

export const MAX_STOCK = 1_000_000_000;

export interface Wanted {
  readonly productId: string;
  readonly quantity: number;
}
export interface Priced extends Wanted {
  readonly unitPrice: number;
  readonly currency: string;
}

interface ProductRow {
  readonly id: string;
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
}

/** Takes the pieces and answers the items at the present prices. @throws Refusal when one is not to be had. */
export async function takeFromStock(
  client: SqlClient,
  wanted: readonly Wanted[],
): Promise<readonly Priced[]> {
  const products = await lockProducts(
    client,
    wanted.map(({ productId }) => productId),
  );
  const items = wanted.map(({ productId, quantity }, index): Priced => {
    const product = products.get(productId);
    if (product === undefined)
      throw new Refusal('unknown-product', `there is no product ${productId}`, {
        errors: [{ pointer: `/items/${index}/productId`, detail: 'is no product' }],
      });
    if (product.stock < quantity)
      throw new Refusal('out-of-stock', `of the product ${productId} there are ${product.stock}`, {
        errors: [{ pointer: `/items/${index}/quantity`, detail: `must be at most ${product.stock}` }],
      });
    return { productId, quantity, unitPrice: product.price, currency: product.currency };
  });
  await addToStock(
    client,
    wanted.map(({ productId, quantity }) => ({ productId, quantity: -quantity })),
  );
  return items;
}

export async function giveBackToStock(client: SqlClient, orderId: string): Promise<void> {
  const { rows } = await client.query<{ productId: string; quantity: number }>(
    'select product_id as "productId", quantity from public.order_items where order_id = $1',
    [orderId],
  );
  await lockProducts(
    client,
    rows.map(({ productId }) => productId),
  );
  await addToStock(client, rows);
}

/** Adds to what is there, for orders take from it meanwhile. @throws Refusal when it would be too many. */
export async function restock(client: SqlClient, { productId, quantity }: Wanted): Promise<void> {
  const stock = (await lockProducts(client, [productId])).get(productId)?.stock ?? 0;
  if (stock + quantity > MAX_STOCK)
    throw new Refusal('limit-exceeded', `of a product there are at most ${MAX_STOCK}`, {
      errors: [{ pointer: '/quantity', detail: `must be at most ${MAX_STOCK - stock}` }],
    });
  await addToStock(client, [{ productId, quantity }]);
}

async function lockProducts(
  client: SqlClient,
  ids: readonly string[],
): Promise<ReadonlyMap<string, ProductRow>> {
  // A bigint would come as text; a price is far below what a double holds.
  const { rows } = await client.query<ProductRow>(
    `select id, price::float8 as price, currency, pieces as stock
     from public.product_stock join public.products on id = product_id
     where product_id = any($1::uuid[]) order by product_id for no key update of product_stock`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

async function addToStock(client: SqlClient, changes: readonly Wanted[]): Promise<void> {
  await client.query(
    `update public.product_stock as kept set pieces = kept.pieces + given.quantity
     from jsonb_to_recordset($1::jsonb) as given ("productId" uuid, quantity integer)
     where kept.product_id = given."productId"`,
    [JSON.stringify(changes)],
  );
}
