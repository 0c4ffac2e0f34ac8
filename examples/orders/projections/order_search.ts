/** What the shop's people search: a slim entry an order, found by words, narrowed by what it is, and counted. */
import { list, table } from '../../../services/shared/projection/definition.ts';
import { integer, like, text, timestamp, uuid } from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';

export default defineProjection({
  name: 'order_search',
  version: 1,
  stream: 'orders',
  resource: 'order_search',
  revision: 'version',
  root: table('orders', {
    key: 'id',
    fields: {
      id: uuid,
      number: like('O-100001', text),
      customerId: uuid,
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
      fields: { id: uuid, position: integer, productId: uuid },
    }),
  },
  filters: {
    status: 'status',
    currency: 'currency',
    refund: 'refundState',
    customer: 'customerId',
    product: 'items.productId',
  },
  search: {
    text: ['number'],
    sorts: { placed: 'placedAt', number: 'number', total: 'total' },
    facets: { status: 'status', currency: 'currency', refund: 'refundState' },
  },
});
