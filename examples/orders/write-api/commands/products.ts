import type { SqlClient } from '../../../../services/write-api/database/sql-client.ts';
import { rootOf } from '../../../../services/write-api/commands/root-row.ts';
import type { RootTarget } from '../../../../services/write-api/commands/root-row.ts';
import type { Made } from './made.ts';
import { restock } from './stock.ts';

export interface ProductFields {
  readonly title: string;
  /** in the currency's smallest unit */
  readonly price: number;
  readonly currency: string;
}

const products = rootOf<ProductFields>({
  table: 'public.products',
  noun: 'product',
  missing: 'no-such-product',
  columns: { title: 'title', price: 'price', currency: 'currency' },
});

export async function addProduct(
  client: SqlClient,
  { stock, ...product }: ProductFields & { readonly stock: number },
): Promise<Made> {
  const made = await products.insert(client, null, product);
  await restock(client, { productId: made.id, quantity: stock });
  return { kind: 'products', ...made };
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

export async function restockProduct(client: SqlClient, target: RootTarget, quantity: number): Promise<Made> {
  // The stock before the product, as an order locks them: its items refer to the product, and would wait for this command.
  await restock(client, { productId: target.id, quantity });
  await products.lock(client, target);
  return { kind: 'products', ...(await products.raise(client, target.id)) };
}
