/** The order page, and the list of a customer's orders: an order with its items, parcels and refunds, in one document. */
import { list, reference, table } from '../../../services/shared/projection/definition.ts';
import {
  copied,
  from,
  integer,
  like,
  nullable,
  text,
  timestamp,
  uuid,
} from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';

/** Of every read model of the shop. */
export const ofOrders = {
  stream: 'orders',
  revision: 'version',
  // All that a customer does is in order.
  partitioned: { by: 'customerId', into: 4 },
} as const;

/** The rows of others that an order names. */
export const references = {
  customer: reference('customers', { key: 'id', by: 'customerId' }),
  product: reference('products', { key: 'id', by: 'items.productId' }),
};

/** Of a currency's smallest unit: no digit is lost on the way. */
const money = like(4200, integer);

export default defineProjection({
  name: 'order',
  version: 1,
  resource: 'orders',
  ...ofOrders,
  references,
  root: table('orders', {
    key: 'id',
    fields: {
      id: uuid,
      number: like('O-100001', text),
      customerId: uuid,
      customerName: copied('customer', from('name', like('Ada Lovelace', text))),
      status: like('placed', text),
      currency: like('EUR', text),
      total: money,
      paid: money,
      refunded: like(0, integer),
      version: integer,
      placedAt: timestamp,
      updatedAt: timestamp,
      cancelledAt: nullable(timestamp),
    },
  }),
  embed: {
    items: list('order_items', {
      parent: 'order_id',
      key: 'id',
      orderBy: ['position', 'id'],
      fields: {
        id: uuid,
        position: integer,
        productId: uuid,
        title: copied('product', from('title', like('A blue teapot', text))),
        quantity: integer,
        unitPrice: money,
      },
    }),
    shipments: list('shipments', {
      parent: 'order_id',
      key: 'id',
      orderBy: ['shippedAt', 'id'],
      fields: {
        id: uuid,
        carrier: like('La Poste', text),
        trackingNumber: nullable(like('6A12345678901', text)),
        status: like('shipped', text),
        shippedAt: timestamp,
        deliveredAt: nullable(timestamp),
      },
    }),
    refunds: list('refunds', {
      parent: 'order_id',
      key: 'id',
      orderBy: ['refundedAt', 'id'],
      fields: {
        id: uuid,
        amount: like(1500, integer),
        reason: nullable(like('a scratch', text)),
        refundedAt: timestamp,
      },
    }),
  },
  filters: { customer: 'customerId' },
  // For the order of a customer's list: `sort=-placed`, the newest first.
  search: { text: [], sorts: { placed: 'placedAt' } },
});
