/**
 * The shop in figures. Every one is a count or a sum over the orders' own rows, which say what their parts add up to (migrations, orders_add_up):
 * what a cancel, a parcel or a refund changes is taken away and added again with the order's next document, so that no figure drifts.
 */
import { byValue, grouped, spanOf, table, valueOf } from '../../../services/shared/projection/definition.ts';
import { integer, like, text, timestamp, uuid } from '../../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../../services/shared/projection/projection.ts';
import { ofOrders } from './order.ts';

/** The money of a cancelled order was given back: it is no revenue, and no refund. */
const where = { status: ['placed', 'shipped', 'delivered'] };

export default defineProjection({
  name: 'dashboard',
  version: 1,
  resource: 'dashboard',
  ...ofOrders,
  root: table('orders', {
    key: 'id',
    fields: {
      id: uuid,
      customerId: uuid,
      status: like('placed', text),
      currency: like('EUR', text),
      paid: like(4200, integer),
      refunded: like(0, integer),
      refundState: like('none', text),
      openShipments: integer,
      version: integer,
      placedAt: timestamp,
    },
  }),
  tallies: {
    ordersByStatus: byValue('status'),
    // Also those that were cancelled since.
    ordersByMinute: grouped({ by: { minute: spanOf('minute', 'placedAt') } }),
    // Revenue is paid less refunded.
    revenueByDay: grouped({
      by: { day: spanOf('day', 'placedAt'), currency: valueOf('currency') },
      sum: ['paid', 'refunded'],
      where,
    }),
    // The refund rate: by orders, those not `none` in all; by money, refunded in paid.
    refunds: grouped({
      by: { currency: valueOf('currency'), refund: valueOf('refundState') },
      sum: ['paid', 'refunded'],
      where,
    }),
    openShipments: grouped({ sum: ['openShipments'], where: { status: ['shipped'] } }),
  },
});
