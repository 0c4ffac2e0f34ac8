/** The shop's write API in this process, on a database of its own. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createOrdersApi } from '../../../examples/orders/write-api/app.ts';
import { startCommandApi } from '../../support/write-api.ts';
import type { Answer, TestCommandApi } from '../../support/write-api.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../examples/orders/migrations', import.meta.url));

type Line = readonly [productId: string, quantity: number];

export interface TestShop extends TestCommandApi {
  /** Each answers the new id. */
  readonly newCustomer: (name?: string) => Promise<string>;
  readonly newProduct: (fields?: Readonly<Record<string, unknown>>) => Promise<string>;
  readonly newOrder: (customerId: string, ...lines: readonly Line[]) => Promise<string>;
  readonly place: (customerId: string, ...lines: readonly Line[]) => Promise<Answer>;
  /** Of a parcel of this id, or of a new one. */
  readonly ship: (orderId: string, status?: string, shipmentId?: string) => Promise<Answer>;
  readonly refund: (orderId: string, amount: number) => Promise<Answer>;
  readonly cancel: (orderId: string) => Promise<Answer>;
  /** The order's row, every value as text. */
  readonly order: (id: string) => Promise<Readonly<Record<string, string | null>>>;
  readonly stockOf: (productId: string) => Promise<number>;
}

export async function startShop(settings: Parameters<typeof startCommandApi>[1] = {}): Promise<TestShop> {
  const api = await startCommandApi(createOrdersApi, settings, MIGRATIONS);
  let made = 0;
  const idOf = async (answer: Promise<Answer>): Promise<string> => {
    const { status, body, text } = await answer;
    if (status !== 201) throw new Error(`not made: ${text}`);
    return String(body['id']);
  };
  const place: TestShop['place'] = (customerId, ...lines) =>
    api.ask('POST', '/orders', {
      customerId,
      items: lines.map(([productId, quantity]) => ({ productId, quantity })),
    });
  return {
    ...api,
    newCustomer: (name = 'Ada Lovelace') =>
      idOf(api.ask('POST', '/customers', { name, email: `customer-${++made}@example.com` })),
    newProduct: (fields = {}) =>
      idOf(
        api.ask('POST', '/products', {
          title: `Product ${++made}`,
          price: 1000,
          currency: 'EUR',
          stock: 100,
          ...fields,
        }),
      ),
    newOrder: (customerId, ...lines) => idOf(place(customerId, ...lines)),
    place,
    ship: (orderId, status = 'shipped', shipmentId = randomUUID()) =>
      api.ask('PUT', `/orders/${orderId}/shipments/${shipmentId}`, { carrier: 'La Poste', status }),
    refund: (orderId, amount) => api.ask('POST', `/orders/${orderId}/refunds`, { amount }),
    cancel: (orderId) => api.ask('POST', `/orders/${orderId}/cancel`),
    order: async (id) => {
      const [row] = await api.rows('select * from orders where id = $1', id);
      if (!row) throw new Error(`there is no order ${id}`);
      return row;
    },
    stockOf: async (productId) => {
      const [row] = await api.rows('select pieces from product_stock where product_id = $1', productId);
      return Number(row?.['pieces']);
    },
  };
}
