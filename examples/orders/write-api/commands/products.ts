import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { rootOf } from '../../../../services/write-api/commands/root-row.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { Refusal } from './refusal.ts';

export interface ProductFields {
  readonly title: string;
  /** in the currency's smallest unit */
  readonly price: number;
  readonly currency: string;
  readonly stock: number;
}

export const MAX_STOCK = 1_000_000_000;

const products = rootOf<ProductFields>({
  table: 'public.products',
  noun: 'product',
  missing: 'no-such-product',
  columns: { title: 'title', price: 'price', currency: 'currency', stock: 'stock' },
});

export async function addProduct(client: SqlClient, product: ProductFields): Promise<Made> {
  return { kind: 'products', ...(await products.insert(client, null, product)) };
}

/** Orders that were placed keep the price that they were placed at. */
export async function updateProduct(
  client: SqlClient,
  target: RootTarget,
  changes: Partial<Pick<ProductFields, 'title' | 'price'>>,
): Promise<Made> {
  await products.lock(client, target);
  return { kind: 'products', ...(await products.raise(client, target.id, changes)) };
}

/** Adds to what is there, for orders take from it meanwhile. */
export async function restockProduct(client: SqlClient, target: RootTarget, quantity: number): Promise<Made> {
  const { stock } = await products.lock<{ stock: number }>(client, target, 'stock');
  if (stock + quantity > MAX_STOCK)
    throw new Refusal('limit-exceeded', `of a product there are at most ${MAX_STOCK}`, {
      errors: [{ pointer: '/quantity', detail: `must be at most ${MAX_STOCK - stock}` }],
    });
  return { kind: 'products', ...(await products.raise(client, target.id, { stock: stock + quantity })) };
}
