/**
 * Random commands of a shop, as many as anybody wants, the same for the same seed and the same outcomes. It knows what it was told of: whoever
 * sends a command says how it ended. Most make sense; some are such as the shop refuses, because of what they meet there.
 */
import type { Random } from '../../../services/shared/random.ts';
import type { Command as AnyCommand } from '../../traffic/command-client.ts';

export type Command = AnyCommand & { readonly name: CommandName };

export type CommandName =
  | 'registerCustomer'
  | 'renameCustomer'
  | 'addProduct'
  | 'updateProduct'
  | 'restockProduct'
  | 'placeOrder'
  | 'cancelOrder'
  | 'updateShipping'
  | 'processRefund';

/** What the order's document says of it that later commands need. */
export interface KnownOrder {
  readonly id: string;
  readonly customerId: string;
  readonly currency: string;
  readonly items: readonly { readonly productId: string }[];
  readonly shipments: readonly { readonly id: string; readonly status: string }[];
}

export interface RandomCommands {
  readonly next: () => Command;
  /** `id`: of what it was on or has made. A command that was refused is not told of. */
  readonly done: (command: Command, id: string) => void;
  /** Of a shop that has been open before. */
  readonly learn: (order: KnownOrder) => void;
  /** Whether there is something to sell, and somebody to buy it. */
  readonly isSeeded: () => boolean;
  readonly anyCustomer: () => string | undefined;
}

export const CUSTOMERS = 30;
export const PRODUCTS = 40;
/** Older orders are left alone: nobody ships them any more. */
const MOST_ORDERS = 300;
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'JPY'] as const;

interface Order {
  readonly id: string;
  /** of its parcels those that have not arrived */
  readonly underway: string[];
}

export function createRandomCommands(random: Random): RandomCommands {
  const customers: string[] = [];
  const products = new Map<string, string>();
  const orders: Order[] = [];
  let made = 0;

  const pick = <T>(from: readonly T[]): T => {
    const picked = random.pick(from);
    if (picked === undefined) throw new Error('there is nothing to pick from');
    return picked;
  };
  const remember = (order: Order): void => {
    orders.push(order);
    if (orders.length > MOST_ORDERS) orders.shift();
  };

  const placeOrder = (): Command => {
    const [, currency] = pick([...products]);
    const sold = [...products].flatMap(([id, each]) => (each === currency ? [id] : []));
    const wanted = new Set(Array.from({ length: 1 + random.below(4) }, () => pick(sold)));
    const items = [...wanted].map((productId) => ({ productId, quantity: 1 + random.below(3) }));
    return {
      name: 'placeOrder',
      method: 'POST',
      path: '/orders',
      body: { customerId: pick(customers), items },
    };
  };
  const updateShipping = (order: Order): Command => {
    const arrived = random.chance(0.6) ? random.pick(order.underway) : undefined;
    const id = arrived ?? uuidOf(random);
    return {
      name: 'updateShipping',
      method: 'PUT',
      path: `/orders/${order.id}/shipments/${id}`,
      body: {
        carrier: pick(['La Poste', 'DHL', 'UPS']),
        trackingNumber: `T${random.below(1e9)}`,
        status: arrived === undefined ? 'shipped' : 'delivered',
      },
    };
  };
  const onOrder = (order: Order, roll: number): Command => {
    if (roll < 0.55) return updateShipping(order);
    if (roll < 0.75) return { name: 'cancelOrder', method: 'POST', path: `/orders/${order.id}/cancel` };
    return {
      name: 'processRefund',
      method: 'POST',
      path: `/orders/${order.id}/refunds`,
      body: { amount: 1 + random.below(random.chance(0.9) ? 2000 : 200_000), reason: pick(REASONS) },
    };
  };
  const onRest = (roll: number): Command => {
    if (roll < 0.4)
      return {
        name: 'restockProduct',
        method: 'POST',
        path: `/products/${pick([...products.keys()])}/restock`,
        body: { quantity: 1 + random.below(20) },
      };
    if (roll < 0.7)
      return {
        name: 'updateProduct',
        method: 'PATCH',
        path: `/products/${pick([...products.keys()])}`,
        body: { title: titleOf(random), price: priceOf(random) },
      };
    return {
      name: 'renameCustomer',
      method: 'PATCH',
      path: `/customers/${pick(customers)}`,
      body: { name: nameOf(random) },
    };
  };
  const seeds = (): Command | null => {
    if (customers.length < CUSTOMERS && customers.length <= products.size) {
      const email = `customer.${++made}.${random.below(1e9)}@example.com`;
      return {
        name: 'registerCustomer',
        method: 'POST',
        path: '/customers',
        body: { name: nameOf(random), email },
      };
    }
    if (products.size < PRODUCTS) return addProduct();
    return null;
  };
  const addProduct = (): Command => ({
    name: 'addProduct',
    method: 'POST',
    path: '/products',
    body: {
      title: titleOf(random),
      price: priceOf(random),
      currency: pick(CURRENCIES),
      stock: random.below(40),
    },
  });
  const isSeeded = (): boolean => customers.length > 0 && products.size > 0 && seeds() === null;

  return {
    next() {
      const seed = seeds();
      if (seed !== null) return seed;
      const order = random.pick(orders);
      const roll = random.next();
      if (order === undefined || roll < 0.4) return placeOrder();
      return roll < 0.85 ? onOrder(order, random.next()) : onRest(random.next());
    },
    done({ name, body, path }, id) {
      switch (name) {
        case 'registerCustomer':
          customers.push(id);
          return;
        case 'addProduct':
          products.set(id, (body as { readonly currency: string }).currency);
          return;
        case 'placeOrder':
          remember({ id, underway: [] });
          return;
        case 'updateShipping': {
          const parcel = path.slice(path.lastIndexOf('/') + 1);
          const order = orders.find((each) => each.id === id);
          if (order === undefined) return;
          const at = order.underway.indexOf(parcel);
          if (at === -1) order.underway.push(parcel);
          else order.underway.splice(at, 1);
          return;
        }
        case 'renameCustomer':
        case 'updateProduct':
        case 'restockProduct':
        case 'cancelOrder':
        case 'processRefund':
      }
    },
    learn({ id, customerId, currency, items, shipments }) {
      if (!customers.includes(customerId)) customers.push(customerId);
      for (const { productId } of items) products.set(productId, currency);
      remember({
        id,
        underway: shipments.filter(({ status }) => status === 'shipped').map((each) => each.id),
      });
    },
    isSeeded,
    anyCustomer: () => random.pick(customers),
  };
}

const REASONS = ['a scratch', 'came late', 'not as shown', null] as const;

function nameOf(random: Random): string {
  const first = random.pick(['Ada', 'Grace', 'Émilie', 'Alan', 'Zoë', 'Łukasz']) ?? '';
  return `${first} ${random.pick(['Lovelace', 'Hopper', 'du Châtelet', 'Turing', 'Ørsted', 'Nowak']) ?? ''}`;
}

function titleOf(random: Random): string {
  const what = random.pick(['engine', 'compass', 'abacus', 'telescope', 'slide rule', 'clock']) ?? '';
  return `${random.pick(['Difference', 'Analytical', 'Brass', 'Pocket', 'Precision']) ?? ''} ${what}`;
}

function priceOf(random: Random): number {
  return 100 + random.below(20_000);
}

/** Of version 4, and seeded like all else. */
function uuidOf(random: Random): string {
  const hex = (digits: number): string =>
    Array.from({ length: digits }, () => random.below(16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`;
}
