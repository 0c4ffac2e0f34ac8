/** What the shop's people search: a slim entry an order, found by words, narrowed by what it is, and counted. */
import { list, spanOf, table } from '../../../services/shared/projection/definition.ts';
import {
  copied,
  from,
  integer,
  like,
  text,
  timestamp,
  uuid,
} from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import { ofOrders, references } from './order.ts';

export default defineProjection({
  name: 'order_search',
  version: 1,
  resource: 'order_search',
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
      total: like(4200, integer),
      refundState: like('none', text),
      version: integer,
      placedAt: timestamp,
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
      },
    }),
  },
  filters: {
    status: 'status',
    currency: 'currency',
    refund: 'refundState',
    customer: 'customerId',
    day: spanOf('day', 'placedAt'),
    month: spanOf('month', 'placedAt'),
    product: 'items.productId',
  },
  search: {
    text: ['customerName', 'items.title', 'number'],
    sorts: { placed: 'placedAt', number: 'number', total: 'total' },
    facets: { status: 'status', currency: 'currency', refund: 'refundState' },
  },
});
