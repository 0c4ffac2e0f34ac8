/** What each command of the shop does, and what it refuses. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeToken } from '../../services/shared/consistency-token.ts';
import { startShop } from './support/orders-api.ts';
import type { TestShop } from './support/orders-api.ts';

let shop: TestShop;
let ada = '';
beforeAll(async () => {
  shop = await startShop();
  ada = await shop.newCustomer();
});
afterAll(() => shop.close());

const problem = (status: number, kind: string, pointer?: string) => ({
  status,
  body: {
    type: `/problems/${kind}`,
    ...(pointer === undefined ? {} : { errors: [expect.objectContaining({ pointer })] }),
  },
});

describe('customers and products', () => {
  test('are made, and changed, each with its own version', async () => {
    const made = await shop.ask('POST', '/customers', { name: 'Grace', email: 'grace@example.com' });
    expect(made).toMatchObject({ status: 201, body: { version: 1 }, headers: { etag: '"1"' } });
    const id = String(made.body['id']);
    expect(made.headers['location']).toBe(`/customers/${id}`);
    expect(await shop.ask('PATCH', `/customers/${id}`, { name: 'Grace Hopper' })).toMatchObject({
      status: 200,
      body: { id, version: 2 },
    });
    const product = await shop.newProduct({ stock: 5 });
    expect(await shop.ask('PATCH', `/products/${product}`, { title: 'Renamed' })).toMatchObject({
      status: 200,
      body: { version: 2 },
    });
    expect(await shop.ask('POST', `/products/${product}/restock`, { quantity: 7 })).toMatchObject({
      status: 200,
      body: { version: 3 },
    });
    expect(await shop.rows('select title from products where id = $1', product)).toEqual([
      { title: 'Renamed' },
    ]);
    expect(await shop.stockOf(product)).toBe(12);
  });

  test('an order leaves its product’s version, and what is published of it, alone', async () => {
    const product = await shop.newProduct();
    const row = (): Promise<unknown> => shop.rows('select * from products where id = $1', product);
    const before = await row();
    await shop.cancel(await shop.newOrder(ada, [product, 1]));
    expect(await row()).toEqual(before);
  });

  test('an e-mail address is one customer’s, whatever its case', async () => {
    const body = { name: 'Ada', email: 'Taken@example.com' };
    expect((await shop.ask('POST', '/customers', body)).status).toBe(201);
    expect(await shop.ask('POST', '/customers', { ...body, email: 'taken@EXAMPLE.com' })).toMatchObject(
      problem(409, 'email-taken', '/email'),
    );
  });

  test('what is not there is told', async () => {
    const id = randomUUID();
    expect(await shop.ask('PATCH', `/customers/${id}`, { name: 'x' })).toMatchObject(
      problem(404, 'no-such-customer'),
    );
    expect(await shop.ask('PATCH', `/products/${id}`, { title: 'x' })).toMatchObject(
      problem(404, 'no-such-product'),
    );
    expect(await shop.ask('POST', `/products/${id}/restock`, { quantity: 1 })).toMatchObject(
      problem(404, 'no-such-product'),
    );
    for (const answer of [shop.cancel(id), shop.ship(id), shop.refund(id, 1)])
      expect(await answer).toMatchObject(problem(404, 'no-such-order'));
  });

  test('a stock has an end', async () => {
    const product = await shop.newProduct({ stock: 999_999_999 });
    expect(await shop.ask('POST', `/products/${product}/restock`, { quantity: 2 })).toMatchObject(
      problem(422, 'limit-exceeded', '/quantity'),
    );
  });
});

describe('placing an order', () => {
  test('takes the pieces, keeps the prices of now, and is paid in full', async () => {
    const [pen, ink] = [await shop.newProduct({ price: 250 }), await shop.newProduct({ price: 1000 })];
    const answer = await shop.place(ada, [ink, 2], [pen, 3]);
    const id = String(answer.body['id']);
    expect(answer).toMatchObject({
      status: 201,
      body: { version: 1 },
      headers: { location: `/orders/${id}` },
    });
    expect(decodeToken(answer.headers['consistency-token'] ?? '')).toEqual({
      id,
      revision: 1,
      deleted: false,
    });
    await shop.ask('PATCH', `/products/${pen}`, { price: 9999 });
    expect(await shop.order(id)).toMatchObject({
      status: 'placed',
      currency: 'EUR',
      total: '2750',
      paid: '2750',
      refunded: '0',
      refund_state: 'none',
      open_shipments: '0',
      customer_id: ada,
      number: expect.stringMatching(/^O-\d{6,}$/),
    });
    const items = await shop.rows(
      'select product_id, quantity, unit_price, customer_id from order_items where order_id = $1 order by position',
      id,
    );
    expect(items).toEqual([
      { product_id: ink, quantity: '2', unit_price: '1000', customer_id: ada },
      { product_id: pen, quantity: '3', unit_price: '250', customer_id: ada },
    ]);
    expect([await shop.stockOf(ink), await shop.stockOf(pen)]).toEqual([98, 97]);
  });

  test('is refused where a product is short, and then nothing is taken', async () => {
    const [many, few] = [await shop.newProduct(), await shop.newProduct({ stock: 2 })];
    expect(await shop.place(ada, [many, 1], [few, 3])).toMatchObject(
      problem(409, 'out-of-stock', '/items/1/quantity'),
    );
    expect([await shop.stockOf(many), await shop.stockOf(few)]).toEqual([100, 2]);
  });

  test('is refused with an unknown customer or product, a product twice, two currencies, or too much money', async () => {
    const euros = await shop.newProduct();
    const dollars = await shop.newProduct({ currency: 'USD' });
    const dear = await shop.newProduct({ price: 1_000_000_000, stock: 5000 });
    const dearer = await shop.newProduct({ price: 1, stock: 5000 });
    expect(await shop.place(randomUUID(), [euros, 1])).toMatchObject(
      problem(422, 'unknown-customer', '/customerId'),
    );
    expect(await shop.place(ada, [euros, 1], [randomUUID(), 1])).toMatchObject(
      problem(422, 'unknown-product', '/items/1/productId'),
    );
    expect(await shop.place(ada, [euros, 1], [euros.toUpperCase(), 1])).toMatchObject(
      problem(422, 'repeated-product', '/items/1/productId'),
    );
    expect(await shop.place(ada, [euros, 1], [dollars, 1])).toMatchObject(
      problem(422, 'mixed-currencies', '/items/1/productId'),
    );
    expect(await shop.place(ada, [dear, 1000], [dearer, 1])).toMatchObject(problem(422, 'limit-exceeded'));
    expect((await shop.place(ada, [dear, 1000])).status).toBe(201);
    expect([await shop.stockOf(euros), await shop.stockOf(dollars), await shop.stockOf(dearer)]).toEqual([
      100, 100, 5000,
    ]);
  });
});

describe('the way of an order', () => {
  test('a cancel gives the pieces back, and there is only one', async () => {
    const product = await shop.newProduct({ stock: 5 });
    const id = await shop.newOrder(ada, [product, 5]);
    expect(await shop.cancel(id)).toMatchObject({ status: 200, body: { id, version: 2 } });
    expect(await shop.stockOf(product)).toBe(5);
    expect(await shop.order(id)).toMatchObject({ status: 'cancelled', cancelled_at: expect.any(String) });
    expect(await shop.cancel(id)).toMatchObject(problem(409, 'wrong-status'));
    expect(await shop.stockOf(product)).toBe(5);
  });

  test('a cancelled order is neither shipped nor refunded', async () => {
    const id = await shop.newOrder(ada, [await shop.newProduct(), 1]);
    await shop.cancel(id);
    expect(await shop.ship(id)).toMatchObject(problem(409, 'wrong-status'));
    expect(await shop.refund(id, 1)).toMatchObject(problem(409, 'wrong-status'));
    expect(await shop.order(id)).toMatchObject({ version: '2', refunded: '0' });
  });

  test('it is shipped while a parcel is under way, delivered when all have arrived, and cancelled no more', async () => {
    const id = await shop.newOrder(ada, [await shop.newProduct(), 2]);
    const [first, second] = [randomUUID(), randomUUID()];
    expect(await shop.ship(id, 'shipped', first)).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await shop.cancel(id)).toMatchObject(problem(409, 'wrong-status'));
    await shop.ship(id, 'shipped', second);
    expect(await shop.order(id)).toMatchObject({ status: 'shipped', open_shipments: '2' });
    await shop.ship(id, 'delivered', first);
    expect(await shop.order(id)).toMatchObject({ status: 'shipped', open_shipments: '1' });
    await shop.ship(id, 'delivered', second);
    expect(await shop.order(id)).toMatchObject({ status: 'delivered', open_shipments: '0', version: '5' });
    expect(await shop.cancel(id)).toMatchObject(problem(409, 'wrong-status'));
    expect(await shop.ship(id)).toMatchObject(problem(409, 'wrong-status'));
  });

  test('a parcel’s carrier and number can be told again, but it does not go back, and it stays its order’s', async () => {
    const product = await shop.newProduct();
    const [id, other] = [await shop.newOrder(ada, [product, 1]), await shop.newOrder(ada, [product, 1])];
    const parcel = randomUUID();
    const path = `/orders/${id}/shipments/${parcel}`;
    await shop.ask('PUT', path, { carrier: 'DHL', status: 'shipped' });
    await shop.ask('PUT', path, { carrier: 'La Poste', trackingNumber: '6A1', status: 'delivered' });
    const shipments = (): Promise<unknown> =>
      shop.rows('select carrier, tracking_number, status, delivered_at from shipments where id = $1', parcel);
    const delivered = await shipments();
    expect(delivered).toEqual([
      { carrier: 'La Poste', tracking_number: '6A1', status: 'delivered', delivered_at: expect.any(String) },
    ]);
    expect(await shop.ask('PUT', path, { carrier: 'DHL', status: 'shipped' })).toMatchObject(
      problem(409, 'wrong-status'),
    );
    expect(await shop.ship(other, 'shipped', parcel)).toMatchObject(problem(422, 'not-an-own-shipment'));
    expect(await shipments()).toEqual(delivered);
    expect(await shop.order(other)).toMatchObject({ status: 'placed', version: '1' });
  });

  test('several refunds, up to what was paid', async () => {
    const id = await shop.newOrder(ada, [await shop.newProduct({ price: 1000 }), 1]);
    expect(await shop.refund(id, 300)).toMatchObject({ status: 200, body: { version: 2 } });
    expect(await shop.order(id)).toMatchObject({ refunded: '300', refund_state: 'partial' });
    expect(await shop.refund(id, 701)).toMatchObject(problem(409, 'refund-exceeds-paid', '/amount'));
    expect(await shop.refund(id, 700)).toMatchObject({ status: 200, body: { version: 3 } });
    expect(await shop.order(id)).toMatchObject({ refunded: '1000', refund_state: 'full' });
    expect(await shop.refund(id, 1)).toMatchObject(problem(409, 'refund-exceeds-paid', '/amount'));
    expect(await shop.rows('select amount from refunds where order_id = $1 order by id', id)).toEqual([
      { amount: '300' },
      { amount: '700' },
    ]);
  });

  test('parcels and refunds have an end', async () => {
    const id = await shop.newOrder(ada, [await shop.newProduct(), 1]);
    for (let i = 0; i < 50; i++) expect((await shop.ship(id)).status).toBe(200);
    expect(await shop.ship(id)).toMatchObject(problem(422, 'limit-exceeded'));
    for (let i = 0; i < 100; i++) expect((await shop.refund(id, 1)).status).toBe(200);
    expect(await shop.refund(id, 1)).toMatchObject(problem(422, 'limit-exceeded'));
    expect(await shop.order(id)).toMatchObject({ open_shipments: '50', refunded: '100', version: '151' });
  });
});

test('the root’s row is written last of the order’s tables (invariant 9)', async () => {
  const product = await shop.newProduct();
  const tables = ['product_stock', 'orders', 'order_items', 'shipments', 'refunds'];
  await shop.database.admin.query(`
    create table public.writes (n bigserial, tx xid8, source text);
    create function public.log_write() returns trigger language plpgsql security definer as $$
      begin insert into public.writes (tx, source) values (pg_current_xact_id(), tg_table_name); return null; end $$;
    ${tables
      .map(
        (table) =>
          `create trigger log_write after insert or update or delete on public.${table} for each row execute function public.log_write();`,
      )
      .join('\n')}`);
  const id = await shop.newOrder(ada, [product, 1]);
  const cancelled = await shop.newOrder(ada, [product, 1]);
  await shop.refund(id, 1);
  const parcel = randomUUID();
  await shop.ship(id, 'shipped', parcel);
  await shop.ship(id, 'delivered', parcel);
  await shop.cancel(cancelled);
  const last = await shop.rows(
    'select distinct on (tx) source, count(*) over (partition by tx) as writes from writes order by tx, n desc',
  );
  expect(last.map((row) => row['source'])).toEqual(Array(6).fill('orders'));
  expect(last.every((row) => Number(row['writes']) > 1)).toBe(true);
  await shop.database.admin.query(
    tables.map((table) => `drop trigger log_write on public.${table};`).join('\n'),
  );
});

test('a row says who wrote it', async () => {
  const id = await shop.newOrder(ada, [await shop.newProduct(), 1]);
  expect(await shop.order(id)).toMatchObject({ changed_by: 'readside-write-api' });
});
