/** Commands that meet: one after the other on one order, and of those that want the same, as many as can have it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from '../support/write-api.ts';
import { startShop } from './support/orders-api.ts';
import type { TestShop } from './support/orders-api.ts';

let shop: TestShop;
let ada = '';
beforeAll(async () => {
  shop = await startShop();
  ada = await shop.newCustomer();
});
afterAll(() => shop.close());

const kinds = (answers: readonly Answer[]): readonly string[] =>
  answers.map(({ status, body }) => (status < 300 ? 'done' : String(body['type']))).toSorted();

test('of two refunds that together exceed what was paid exactly one is made', async () => {
  const product = await shop.newProduct({ price: 1000 });
  for (let round = 0; round < 10; round++) {
    const id = await shop.newOrder(ada, [product, 1]);
    const answers = await Promise.all([shop.refund(id, 600), shop.refund(id, 600)]);
    expect(kinds(answers)).toEqual(['/problems/refund-exceeds-paid', 'done']);
    expect(await shop.order(id)).toMatchObject({ refunded: '600', version: '2' });
  }
});

test('of two orders for the last piece exactly one is placed', async () => {
  for (let round = 0; round < 10; round++) {
    const last = await shop.newProduct({ stock: 1 });
    const answers = await Promise.all([shop.place(ada, [last, 1]), shop.place(ada, [last, 1])]);
    expect(kinds(answers)).toEqual(['/problems/out-of-stock', 'done']);
    expect(await shop.stockOf(last)).toBe(0);
    expect(await shop.rows('select 1 from order_items where product_id = $1', last)).toHaveLength(1);
  }
});

test('of a cancel and a parcel exactly one is done', async () => {
  const product = await shop.newProduct({ stock: 10 });
  for (let round = 0; round < 10; round++) {
    const id = await shop.newOrder(ada, [product, 1]);
    const answers = await Promise.all([shop.cancel(id), shop.ship(id)]);
    expect(kinds(answers)).toEqual(['/problems/wrong-status', 'done']);
  }
});

test('orders for the same products, listed in any order, do not wait for each other for ever, and no piece is lost', async () => {
  const products = [await shop.newProduct({ stock: 40 }), await shop.newProduct({ stock: 40 })];
  const [a = '', b = ''] = products;
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) =>
      i % 2 === 0 ? shop.place(ada, [a, 1], [b, 1]) : shop.place(ada, [b, 1], [a, 1]),
    ),
  );
  const placed = answers.filter(({ status }) => status === 201);
  expect(kinds(answers)).toEqual([
    ...Array<string>(20).fill('/problems/out-of-stock'),
    ...Array<string>(40).fill('done'),
  ]);
  expect([await shop.stockOf(a), await shop.stockOf(b)]).toEqual([0, 0]);
  await Promise.all(placed.map(({ body }) => shop.cancel(String(body['id']))));
  expect([await shop.stockOf(a), await shop.stockOf(b)]).toEqual([40, 40]);
  expect((await shop.ask('GET', '/metrics')).text).not.toMatch(/write_api_transaction_retries_total [1-9]/);
});

test('orders, restocks and renamings of one product do not wait for each other for ever', async () => {
  const product = await shop.newProduct({ stock: 0 });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, i) => {
      if (i % 3 === 0) return shop.ask('POST', `/products/${product}/restock`, { quantity: 2 });
      if (i % 3 === 1) return shop.ask('PATCH', `/products/${product}`, { title: `Title ${i}` });
      return shop.place(ada, [product, 1]);
    }),
  );
  const placed = answers.filter(({ status }) => status === 201).length;
  // Who came before the first restock got nothing; how many they are is chance.
  expect(kinds(answers).filter((kind) => kind !== '/problems/out-of-stock')).toEqual(
    Array<string>(40 + placed).fill('done'),
  );
  expect(await shop.stockOf(product)).toBe(40 - placed);
  expect((await shop.ask('GET', '/metrics')).text).not.toMatch(/write_api_transaction_retries_total [1-9]/);
});

test('commands on one order run one after the other: versions are dense, nothing is lost', async () => {
  const id = await shop.newOrder(ada, [await shop.newProduct({ price: 5000 }), 1]);
  const answers = await Promise.all(
    Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? shop.refund(id, 10) : shop.ship(id))),
  );
  const versions = answers.map(({ body }) => Number(body['version']));
  expect(versions.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 40 }, (_, i) => i + 2));
  expect(await shop.order(id)).toMatchObject({ version: '41', refunded: '200', open_shipments: '20' });
});
