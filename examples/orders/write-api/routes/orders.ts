import { Type } from 'typebox';
import { ADMIN_ONLY } from '../../../../services/shared/auth/access.ts';
import type { HttpApp } from '../../../../services/shared/http-app.ts';
import { ChangeHeaders, CreateHeaders } from '../../../../services/write-api/http/command-schema.ts';
import { targetOf } from '../../../../services/write-api/http/root-target.ts';
import { cancelOrder } from '../commands/cancel-order.ts';
import { placeOrder } from '../commands/place-order.ts';
import { processRefund } from '../commands/process-refund.ts';
import { updateShipping } from '../commands/update-shipping.ts';
import { responsesOf } from './command-schema.ts';
import type { PerformInShop } from './command-schema.ts';
import { NewOrderBody, ORDER_ID, OrderId, RefundBody, ShipmentBody, ShipmentId } from './fields.ts';
import { refusals } from './refusals.ts';

const RESPONSES = responsesOf('order', 'orders', ORDER_ID);
const OrderParams = Type.Object({ id: OrderId });
/** Of a command on an order that is there. */
const OF_CHANGES = ['no-such-order', 'version-mismatch', 'wrong-status'] as const;

export function addOrderRoutes(app: HttpApp, perform: PerformInShop): void {
  app.post(
    '/orders',
    {
      config: {
        ...ADMIN_ONLY,
        problems: refusals(
          'unknown-customer',
          'unknown-product',
          'repeated-product',
          'mixed-currencies',
          'out-of-stock',
          'limit-exceeded',
        ),
      },
      schema: {
        operationId: 'placeOrder',
        summary: 'Place an order, paid in full',
        description: 'Takes the pieces from stock, all or none, and keeps the prices as they are now.',
        tags: ['orders'],
        headers: CreateHeaders,
        body: NewOrderBody,
        response: RESPONSES.created,
      },
    },
    async (request, reply) => {
      const { customerId, items } = request.body;
      const order = {
        customerId: customerId.toLowerCase(),
        items: items.map(({ productId, quantity }) => ({ productId: productId.toLowerCase(), quantity })),
      };
      return perform(request, reply, (client) => placeOrder(client, order), 201);
    },
  );

  app.post(
    '/orders/:id/cancel',
    {
      config: { ...ADMIN_ONLY, problems: refusals(...OF_CHANGES) },
      schema: {
        operationId: 'cancelOrder',
        summary: 'Cancel an order of which nothing was sent',
        description: 'Gives the pieces back to stock, and what is left of the money to the customer.',
        tags: ['orders'],
        params: OrderParams,
        headers: ChangeHeaders,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      return perform(request, reply, (client) => cancelOrder(client, target));
    },
  );

  app.put(
    '/orders/:id/shipments/:shipmentId',
    {
      config: {
        ...ADMIN_ONLY,
        problems: refusals(...OF_CHANGES, 'not-an-own-shipment', 'limit-exceeded', 'unstorable-value'),
      },
      schema: {
        operationId: 'updateShipping',
        summary: 'Tell of a parcel: that it has set out, by whom, and that it has arrived',
        description: 'The order is shipped while a parcel is under way, and delivered when all have arrived.',
        tags: ['orders'],
        params: Type.Object({ id: OrderId, shipmentId: ShipmentId }),
        headers: ChangeHeaders,
        body: ShipmentBody,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { carrier, trackingNumber = null, status } = request.body;
      const id = request.params.shipmentId.toLowerCase();
      return perform(request, reply, (client) =>
        updateShipping(client, target, { id, carrier, trackingNumber, status }),
      );
    },
  );

  app.post(
    '/orders/:id/refunds',
    {
      config: {
        ...ADMIN_ONLY,
        problems: refusals(...OF_CHANGES, 'refund-exceeds-paid', 'limit-exceeded', 'unstorable-value'),
      },
      schema: {
        operationId: 'processRefund',
        summary: 'Give back some of what was paid',
        tags: ['orders'],
        params: OrderParams,
        headers: ChangeHeaders,
        body: RefundBody,
        response: RESPONSES.changed,
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { amount, reason = null } = request.body;
      return perform(request, reply, (client) => processRefund(client, target, { amount, reason }));
    },
  );
}
