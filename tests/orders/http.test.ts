/** What the shop's commands share with all others: once for a key, versions, tokens, problems, OpenAPI; and what hostile requests get. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Protection } from '../../services/shared/auth/protection.ts';
import { documentedAnswers } from '../support/documented.ts';
import type { Documented } from '../support/documented.ts';
import type { Answer } from '../support/write-api.ts';
import { startShop } from './support/orders-api.ts';
import type { TestShop } from './support/orders-api.ts';

let shop: TestShop;
let ada = '';
let product = '';
let order = '';
beforeAll(async () => {
  shop = await startShop();
  ada = await shop.newCustomer();
  product = await shop.newProduct();
  order = await shop.newOrder(ada, [product, 1]);
});
afterAll(() => shop.close());

const SAME = ['etag', 'location', 'consistency-token', 'content-type'] as const;
const essence = (answer: Answer): unknown => ({
  status: answer.status,
  text: answer.text,
  headers: SAME.map((name) => answer.headers[name]),
});

describe('a command with an Idempotency-Key', () => {
  test('is done once, whichever it is, and answers the same again', async () => {
    const placed = { customerId: ada, items: [{ productId: product, quantity: 1 }] };
    const parcel = `/orders/${order}/shipments/${randomUUID()}`;
    const other = await shop.newOrder(ada, [product, 1]);
    const before = await shop.stockOf(product);
    const commands = [
      ['POST', '/customers', { name: 'Once', email: 'once@example.com' }],
      ['PATCH', `/customers/${ada}`, { name: 'Ada King' }],
      ['POST', '/products', { title: 'Once', price: 1, currency: 'EUR', stock: 1 }],
      ['PATCH', `/products/${product}`, { title: 'Renamed' }],
      ['POST', `/products/${product}/restock`, { quantity: 1 }],
      ['POST', '/orders', placed],
      ['POST', `/orders/${order}/refunds`, { amount: 5 }],
      ['PUT', parcel, { carrier: 'DHL', status: 'shipped' }],
      ['POST', `/orders/${other}/cancel`, undefined],
    ] as const;
    for (const [index, [method, path, body]] of commands.entries()) {
      const headers = { 'idempotency-key': `each-${index}` };
      const first = await shop.ask(method, path, body, headers);
      expect([path, first.status < 300]).toEqual([path, true]);
      expect(essence(await shop.ask(method, path, body, headers))).toEqual(essence(first));
    }
    // One more, one taken, one given back.
    expect(await shop.stockOf(product)).toBe(before + 1);
    expect(await shop.rows('select amount from refunds where order_id = $1', order)).toHaveLength(1);
  });

  test('of many at once one is done', async () => {
    const few = await shop.newProduct({ stock: 3 });
    const body = { customerId: ada, items: [{ productId: few, quantity: 2 }] };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => shop.ask('POST', '/orders', body, { 'idempotency-key': 'crowd' })),
    );
    const [first] = answers;
    expect(first?.status).toBe(201);
    for (const answer of answers) expect(essence(answer)).toEqual(first && essence(first));
    expect(await shop.stockOf(few)).toBe(1);
  });

  test('is refused with another body', async () => {
    const key = { 'idempotency-key': 'reused' };
    expect((await shop.ask('POST', `/orders/${order}/refunds`, { amount: 1 }, key)).status).toBe(200);
    expect(await shop.ask('POST', `/orders/${order}/refunds`, { amount: 2 }, key)).toMatchObject({
      status: 422,
      body: { type: '/problems/idempotency-key-reused' },
    });
  });
});

test('If-Match: a command runs at the version that it names, and says which one it is else', async () => {
  const id = await shop.newOrder(ada, [product, 1]);
  const cancel = (tag: string): Promise<Answer> =>
    shop.ask('POST', `/orders/${id}/cancel`, undefined, { 'if-match': tag });
  expect(await cancel('"2"')).toMatchObject({
    status: 412,
    headers: { etag: '"1"' },
    body: { type: '/problems/version-mismatch', detail: 'the order is at version 1' },
  });
  expect((await shop.refund(id, 1)).headers['etag']).toBe('"2"');
  expect(await cancel('"2-x7A"')).toMatchObject({ status: 200, headers: { etag: '"3"' } });
  const answer = await shop.ask('PATCH', `/products/${product}`, { title: 'x' }, { 'if-match': '"999"' });
  expect(answer.status).toBe(412);
  const rename = await shop.ask('PATCH', `/customers/${ada}`, { name: 'x' }, { 'if-match': '"999"' });
  expect(rename.status).toBe(412);
});

const HOSTILE: ReadonlyArray<
  readonly [what: string, request: string, body: unknown, status: number, headers?: Record<string, string>]
> = [
  ['no body', 'POST /orders', undefined, 400],
  ['a list', 'POST /orders', [], 400],
  ['JSON that ends early', 'POST /orders', '{"customerId":', 400],
  ['no items', 'POST /orders', { customerId: '{ada}', items: [] }, 400],
  ['items that are none', 'POST /orders', { customerId: '{ada}', items: 'all' }, 400],
  [
    'none of a product',
    'POST /orders',
    { customerId: '{ada}', items: [{ productId: '{product}', quantity: 0 }] },
    400,
  ],
  [
    'less than none',
    'POST /orders',
    { customerId: '{ada}', items: [{ productId: '{product}', quantity: -1 }] },
    400,
  ],
  [
    'half of one',
    'POST /orders',
    { customerId: '{ada}', items: [{ productId: '{product}', quantity: 0.5 }] },
    400,
  ],
  [
    'a number as text',
    'POST /orders',
    { customerId: '{ada}', items: [{ productId: '{product}', quantity: '1' }] },
    400,
  ],
  [
    'a number that no column holds',
    'POST /orders',
    '{"customerId":"{ada}","items":[{"productId":"{product}","quantity":99999999999999999999}]}',
    400,
  ],
  [
    'a price of one’s own choice',
    'POST /orders',
    { customerId: '{ada}', items: [{ productId: '{product}', quantity: 1, unitPrice: 1 }] },
    400,
  ],
  ['a total of one’s own choice', 'POST /orders', { customerId: '{ada}', items: [], total: 1 }, 400],
  [
    'SQL as a customer',
    'POST /orders',
    { customerId: "' or 1=1 --", items: [{ productId: '{product}', quantity: 1 }] },
    400,
  ],
  ['a refund of nothing', 'POST /orders/{order}/refunds', { amount: 0 }, 400],
  ['a refund that pays', 'POST /orders/{order}/refunds', { amount: -100 }, 400],
  ['a refund of cents of cents', 'POST /orders/{order}/refunds', '{"amount":1.5}', 400],
  ['a refund beyond everything', 'POST /orders/{order}/refunds', '{"amount":1e30}', 400],
  ['NUL as a reason', 'POST /orders/{order}/refunds', '{"amount":1,"reason":"a\\u0000b"}', 422],
  ['half a character as a reason', 'POST /orders/{order}/refunds', '{"amount":1,"reason":"\\ud800"}', 422],
  [
    'a status that there is not',
    'PUT /orders/{order}/shipments/{ada}',
    { carrier: 'x', status: 'lost' },
    400,
  ],
  ['a cancel by a parcel', 'PUT /orders/{order}/shipments/{ada}', { carrier: 'x', status: 'cancelled' }, 400],
  ['a parcel without an id', 'PUT /orders/{order}/shipments/1', { carrier: 'x', status: 'shipped' }, 400],
  ['a prototype', 'PATCH /customers/{ada}', '{"name":"x","__proto__":{"isAdmin":true}}', 400],
  ['an operator as a name', 'PATCH /customers/{ada}', { name: { $gt: '' } }, 400],
  ['a name of spaces', 'PATCH /customers/{ada}', { name: '   ' }, 400],
  ['a name without an end', 'PATCH /customers/{ada}', { name: 'x'.repeat(201) }, 400],
  ['a body without an end', 'PATCH /customers/{ada}', { name: 'x'.repeat(1_048_576) }, 413],
  ['a price below nothing', 'PATCH /products/{product}', { price: -1 }, 400],
  ['a stock of one’s own choice', 'PATCH /products/{product}', { stock: 1_000_000 }, 400],
  ['less stock by a restock', 'POST /products/{product}/restock', { quantity: -5 }, 400],
  ['a currency that is none', 'POST /products', { title: 'x', price: 1, currency: 'euro', stock: 1 }, 400],
  ['no address', 'POST /customers', { name: 'x', email: 'nowhere' }, 400],
  ['SQL as an id', "POST /orders/1'%20or%20'1'='1/cancel", undefined, 400],
  [
    'a version that is none',
    'POST /orders/{order}/cancel',
    undefined,
    400,
    { 'if-match': '"1; drop table orders"' },
  ],
  ['a form', 'POST /orders', 'customerId=x', 415, { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a method that there is not', 'DELETE /orders', undefined, 405],
  ['a route that there is not', 'POST /orders/{order}/status', { status: 'delivered' }, 404],
];

describe('a hostile request', () => {
  let before: unknown;
  const everything = async (): Promise<unknown> => {
    const tables = [
      'customers',
      'products',
      'product_stock',
      'orders',
      'order_items',
      'shipments',
      'refunds',
    ];
    return Promise.all(tables.map((table) => shop.rows(`select * from ${table} order by 1`)));
  };
  beforeAll(async () => {
    before = await everything();
  });

  test.each(HOSTILE)('%s gets its answer', async (_what, request, body, status, headers = {}) => {
    const fill = (text: string): string =>
      text.replaceAll('{ada}', ada).replaceAll('{product}', product).replaceAll('{order}', order);
    const [method = '', path = ''] = fill(request).split(' ');
    const filled =
      body === undefined ? undefined : fill(typeof body === 'string' ? body : JSON.stringify(body));
    const answer = await shop.ask(method as 'POST', path, filled, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    const document = JSON.parse(JSON.stringify(shop.app.swagger())) as Documented;
    const told = `${status} ${String(answer.body['type']).replace('/problems/', '')}`;
    expect(documentedAnswers(document, method, path) ?? [told]).toContain(told);
  });

  test('changes nothing', async () => {
    expect(before).toEqual(await everything());
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });
});

test('OpenAPI names every command, its acknowledgement and its problems', async () => {
  const { text } = await shop.ask('GET', '/openapi.json');
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => `${operationId}: ${method} ${path}`),
  );
  expect(operations.toSorted()).toEqual([
    'addProduct: post /products',
    'cancelOrder: post /orders/{id}/cancel',
    'placeOrder: post /orders',
    'processRefund: post /orders/{id}/refunds',
    'registerCustomer: post /customers',
    'renameCustomer: patch /customers/{id}',
    'restockProduct: post /products/{id}/restock',
    'updateProduct: patch /products/{id}',
    'updateShipping: put /orders/{id}/shipments/{shipmentId}',
  ]);
});

test('it is ready when its tables are there', async () => {
  expect((await shop.ask('GET', '/readyz')).status).toBe(200);
});

describe('with tokens', () => {
  let guarded: TestShop;
  /** A token is its subject and scopes, with / between. */
  const verify: NonNullable<Protection['verify']> = async (token) => {
    const [subject = '', ...scopes] = token.split('/');
    return { subject, scopes: new Set(scopes), expiresAt: Date.now() + 60_000 };
  };
  beforeAll(async () => {
    guarded = await startShop({ protection: { verify, requestsPerMinute: 0, maxDelayMs: 0 } });
  });
  afterAll(() => guarded.close());

  test('a customer renames itself and nobody else; everything else is the shop’s own', async () => {
    const asShop = { authorization: 'Bearer shop/admin' };
    const made = await guarded.ask('POST', '/customers', { name: 'Ada', email: 'a@example.com' }, asShop);
    expect(made.status).toBe(201);
    const id = String(made.body['id']);
    const asAda = { authorization: `Bearer ${id}/profile:read/profile:write` };
    expect((await guarded.ask('PATCH', `/customers/${id}`, { name: 'Ada King' }, asAda)).status).toBe(200);
    expect((await guarded.ask('PATCH', `/customers/${randomUUID()}`, { name: 'x' }, asAda)).status).toBe(404);
    const commands = [
      ['POST', '/orders'],
      ['POST', `/orders/${id}/refunds`],
      ['POST', `/orders/${id}/cancel`],
      ['PUT', `/orders/${id}/shipments/${id}`],
      ['POST', '/products'],
      ['POST', `/products/${id}/restock`],
      ['PATCH', `/products/${id}`],
      ['POST', '/customers'],
    ] as const;
    for (const [method, path] of commands) {
      expect([path, (await guarded.ask(method, path, {}, asAda)).status]).toEqual([path, 403]);
      expect([path, (await guarded.ask(method, path, {})).status]).toEqual([path, 401]);
    }
  });
});
