/** The shop's rules hold of any writer: what the commands refuse, the tables do too. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Pool } from 'pg';
import { startShop } from './support/orders-api.ts';
import type { TestShop } from './support/orders-api.ts';

let shop: TestShop;
let writer: Pool;
let ada = '';
let grace = '';
let product = '';
/** placed, of one piece for 1000 */
let order = '';
beforeAll(async () => {
  shop = await startShop();
  writer = new Pool({ connectionString: shop.database.urlOf('writer'), max: 2 });
  ada = await shop.newCustomer('Ada');
  grace = await shop.newCustomer('Grace');
  product = await shop.newProduct({ price: 1000 });
});
beforeEach(async () => {
  order = await shop.newOrder(ada, [product, 1]);
});
afterAll(async () => {
  await writer.end();
  await shop.close();
});

/** One transaction; answers the constraint that it failed by, or null. */
async function write(...statements: readonly string[]): Promise<string | null> {
  const client = await writer.connect();
  try {
    await client.query('begin');
    for (const each of statements)
      await client.query(
        each
          .replaceAll(':order', `'${order}'`)
          .replaceAll(':ada', `'${ada}'`)
          .replaceAll(':grace', `'${grace}'`)
          .replaceAll(':product', `'${product}'`),
      );
    await client.query('commit');
    return null;
  } catch (error) {
    await client.query('rollback');
    return (error as { constraint?: string }).constraint ?? String(error);
  } finally {
    client.release();
  }
}

const refund = (amount: number): string =>
  `insert into refunds (order_id, customer_id, amount) values (:order, :ada, ${amount})`;
const parcel = (status = 'shipped'): string =>
  `insert into shipments (order_id, customer_id, carrier, status, delivered_at)
   values (:order, :ada, 'DHL', '${status}', ${status === 'shipped' ? 'null' : 'now()'})`;
const set = (assignments: string): string => `update orders set ${assignments} where id = :order`;

describe('what holds', () => {
  test.each([
    [
      'a stock is never below zero',
      'product_stock_range',
      ['update product_stock set pieces = -1 where product_id = :product'],
    ],
    ['no more is refunded than was paid', 'orders_refunded_range', [refund(1001), set('refunded = 1001')]],
    ['no more is paid than the total', 'orders_paid_range', [set('paid = 1001')]],
    [
      'a shipped order is not cancelled',
      'orders_go_forward',
      [
        parcel(),
        set("status = 'shipped', open_shipments = 1"),
        'delete from shipments where order_id = :order',
        set("status = 'cancelled', open_shipments = 0, cancelled_at = now()"),
      ],
    ],
    [
      'a cancelled order is not shipped',
      'orders_go_forward',
      [
        set("status = 'cancelled', cancelled_at = now()"),
        parcel(),
        set("status = 'shipped', open_shipments = 1, cancelled_at = null"),
      ],
    ],
    [
      'a cancelled order has no parcel',
      'orders_add_up',
      [set("status = 'cancelled', cancelled_at = now()"), parcel('delivered')],
    ],
    [
      'a cancelled order is not refunded',
      'orders_refund_no_cancelled',
      [set("status = 'cancelled', cancelled_at = now()"), refund(1), set('refunded = 1')],
    ],
    [
      'an order is not shipped without a parcel',
      'orders_add_up',
      [set("status = 'shipped', open_shipments = 1")],
    ],
    [
      'an order with a parcel under way is shipped',
      'orders_shipped_while_open',
      [parcel(), set('open_shipments = 1')],
    ],
    ['a refund is a part of what its order says', 'orders_add_up', [refund(1)]],
    ['an order says no refund that there is not', 'orders_add_up', [set('refunded = 1')]],
    [
      'a total is that of the items',
      'orders_add_up',
      ['update order_items set quantity = 2 where order_id = :order'],
    ],
    [
      'an order without items costs nothing',
      'orders_add_up',
      ['delete from order_items where order_id = :order'],
    ],
    [
      'an item has its order’s currency',
      'order_items_order_fkey',
      ["update order_items set currency = 'USD' where order_id = :order"],
    ],
    [
      'a refund is of its order’s customer',
      'refunds_order_fkey',
      ['insert into refunds (order_id, customer_id, amount) values (:order, :grace, 1)'],
    ],
    [
      'a parcel is of its order’s customer',
      'shipments_order_fkey',
      ["insert into shipments (order_id, customer_id, carrier) values (:order, :grace, 'DHL')"],
    ],
    ['an order stays its customer’s', 'orders_stay', [set('customer_id = :grace')]],
    [
      'an order stays its customer’s, also together with its items',
      'orders_stay',
      ['set constraints all deferred', 'update order_items set customer_id = :grace where order_id = :order'],
    ],
    [
      'nobody orders who is not registered',
      'orders_customer_fkey',
      ["insert into orders (customer_id, currency, total, paid) values (uuidv7(), 'EUR', 0, 0)"],
    ],
    ['a customer with orders stays', 'orders_customer_fkey', ['delete from customers where id = :ada']],
    [
      'a product that was ordered stays',
      'order_items_product_fkey',
      ['delete from products where id = :product'],
    ],
  ] as const)('%s', async (_what, constraint, statements) => {
    const before = await shop.order(order);
    expect(await write(...statements)).toBe(constraint);
    expect(await shop.order(order)).toEqual(before);
  });

  test('no table is emptied at once', async () => {
    for (const table of ['customers', 'products', 'orders', 'order_items', 'shipments', 'refunds'])
      await expect(shop.database.admin.query(`truncate ${table} cascade`)).rejects.toThrow(/TRUNCATE/);
  });
});

describe('what may be written', () => {
  test('a product, which has a stock of none until it is given one', async () => {
    const id = '01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e10';
    expect(
      await write(
        `insert into products (id, title, price, currency) values ('${id}', 'Orrery', 1, 'EUR')`,
        `update product_stock set pieces = pieces + 1 where product_id = '${id}'`,
      ),
    ).toBeNull();
    expect(await shop.stockOf(id)).toBe(1);
    expect(await write(`delete from products where id = '${id}'`)).toBeNull();
  });

  test('an order with its parts before it, and its end', async () => {
    expect(
      await write(
        'set constraints all deferred',
        `insert into order_items (order_id, customer_id, currency, position, product_id, quantity, unit_price)
         values ('01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e0f', :ada, 'EUR', 0, :product, 3, 7)`,
        `insert into orders (id, customer_id, currency, total, paid)
         values ('01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e0f', :ada, 'EUR', 21, 20)`,
      ),
    ).toBeNull();
    expect(await write("delete from orders where id = '01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e0f'")).toBeNull();
    expect(
      await shop.rows("select 1 from order_items where order_id = '01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e0f'"),
    ).toEqual([]);
  });

  test('a refund with its order, whose state follows whatever is written there', async () => {
    expect(await write(refund(400), set("refunded = 400, refund_state = 'full'"))).toBeNull();
    expect(await shop.order(order)).toMatchObject({ refunded: '400', refund_state: 'partial' });
  });

  test('parcels, one after the other', async () => {
    expect(await write(parcel(), set("status = 'shipped', open_shipments = 1"))).toBeNull();
    expect(
      await write(
        "update shipments set status = 'delivered', delivered_at = now() where order_id = :order",
        set("status = 'delivered', open_shipments = 0"),
      ),
    ).toBeNull();
    expect(await shop.order(order)).toMatchObject({ status: 'delivered' });
  });
});

test('every table that a screen shows is published with whole old rows, and the connector may read it', async () => {
  const tables = await shop.rows(
    `select c.relname, c.relreplident, has_table_privilege('readside_replicator', c.oid, 'select') as readable
     from pg_publication_tables p join pg_class c on c.relname = p.tablename
     where p.pubname = 'readside' and c.relname = any($1) order by 1`,
    ['customers', 'products', 'orders', 'order_items', 'shipments', 'refunds'],
  );
  expect(tables).toEqual(
    ['customers', 'order_items', 'orders', 'products', 'refunds', 'shipments'].map((relname) => ({
      relname,
      relreplident: 'f',
      readable: 't',
    })),
  );
});
