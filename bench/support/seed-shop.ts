/** A shop with orders of two items each, written to Postgres and brought to MongoDB by the pipeline itself. */
import type { Collection } from 'mongodb';
import type pg from 'pg';
import type { KnownOrder } from '../../examples/orders/traffic/commands.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { waitFor } from '../../stack/wait.ts';

export interface Shop {
  /** Who has `theirs` orders. */
  readonly largest: string;
  /** Without the largest. */
  readonly customers: readonly string[];
  /** Without those of the largest; of each customer the same number, one customer's after another's. */
  readonly orders: readonly KnownOrder[];
}

export interface ShopSizes {
  readonly customers: number;
  readonly products: number;
  /** Of each customer. */
  readonly orders: number;
  /** Of the largest one. */
  readonly theirs: number;
}

const IN_A_TRANSACTION = 1000;
const DEADLINE_MS = 240_000;
const PRICE = 1250;

/** `documents`: a collection of each read model that has a document an order. */
export async function seedShop(
  sql: pg.Client,
  documents: readonly Collection<StoredDocument>[],
  { customers, products, orders, theirs }: ShopSizes,
  signal: AbortSignal,
): Promise<Shop> {
  const idsOf = async (text: string, values: readonly unknown[]): Promise<readonly string[]> =>
    (await sql.query<{ id: string }>(text, [...values])).rows.map(({ id }) => id);
  const [largest = '', ...others] = await idsOf(
    `insert into customers (name, email) select 'Ada Lovelace', gen_random_uuid() || '@example.com'
     from generate_series(1, $1) returning id::text as id`,
    [customers + 1],
  );
  const sold = await idsOf(
    `insert into products (title, price, currency) select 'Brass compass', ${PRICE}, 'EUR'
     from generate_series(1, $1) returning id::text as id`,
    [products],
  );
  await sql.query('update product_stock set pieces = 1000000');
  const made: KnownOrder[] = [];
  const owners = [
    ...Array.from({ length: theirs }, () => largest),
    ...others.flatMap((id) => Array.from({ length: orders }, () => id)),
  ];
  for (let at = 0; at < owners.length; at += IN_A_TRANSACTION)
    made.push(...(await insertOrders(sql, owners.slice(at, at + IN_A_TRANSACTION), sold)));
  await sql.query('analyze customers, products, orders, order_items');
  for (const each of documents)
    await waitFor(
      `${owners.length} whole orders as ${each.collectionName}`,
      async () => (await each.countDocuments({ customerName: 'Ada Lovelace' })) === owners.length,
      { timeoutMs: DEADLINE_MS, intervalMs: 500, signal },
    );
  return { largest, customers: others, orders: made.slice(theirs) };
}

/** Items first, for an order's row is its last. */
async function insertOrders(
  sql: pg.Client,
  owners: readonly string[],
  products: readonly string[],
): Promise<readonly KnownOrder[]> {
  const rows = owners.map((customerId, at) => ({
    id: crypto.randomUUID(),
    customerId,
    items: [at, at + 1].map((place) => ({ productId: products[place % products.length] ?? '' })),
  }));
  const items = rows.flatMap((row) =>
    row.items.map(({ productId }, position) => ({ ...row, productId, position })),
  );
  await sql.query('begin');
  await sql.query('set constraints all deferred');
  await sql.query(
    `insert into order_items (order_id, customer_id, currency, position, product_id, quantity, unit_price)
     select o, c, 'EUR', at, p, 1, ${PRICE} from unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[]) as i (o, c, at, p)`,
    [
      items.map(({ id }) => id),
      items.map(({ customerId }) => customerId),
      items.map(({ position }) => position),
      items.map(({ productId }) => productId),
    ],
  );
  await sql.query(
    `insert into orders (id, customer_id, currency, total, paid)
     select o, c, 'EUR', ${2 * PRICE}, ${2 * PRICE} from unnest($1::uuid[], $2::uuid[]) as i (o, c)`,
    [rows.map(({ id }) => id), rows.map(({ customerId }) => customerId)],
  );
  await sql.query('commit');
  return rows.map((row) => ({ ...row, currency: 'EUR', shipments: [] }));
}
