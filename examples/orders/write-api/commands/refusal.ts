/** Why a command of the shop did not happen. */
import { CommandRefusal } from '../../../../services/write-api/commands/command-refusal.ts';
import type { CommonRefusalKind } from '../../../../services/write-api/commands/command-refusal.ts';

export type OrderRefusalKind =
  | 'no-such-order'
  | 'no-such-product'
  | 'no-such-customer'
  | 'unknown-customer'
  | 'unknown-product'
  | 'repeated-product'
  | 'mixed-currencies'
  | 'email-taken'
  | 'out-of-stock'
  | 'wrong-status'
  | 'not-an-own-shipment'
  | 'refund-exceeds-paid';

export class Refusal extends CommandRefusal<OrderRefusalKind | CommonRefusalKind> {}

/** Of what the tables hold of any writer; most of it the commands have looked at before. */
export function refusalOfConstraint(constraint: string): Refusal | undefined {
  switch (constraint) {
    case 'customers_email_unique':
      return new Refusal('email-taken', 'another customer has this e-mail address', {
        errors: [{ pointer: '/email', detail: 'is in use' }],
      });
    case 'orders_customer_fkey':
      return new Refusal('unknown-customer', 'nobody is registered under the id', {
        errors: [{ pointer: '/customerId', detail: 'is no customer' }],
      });
    case 'shipments_pkey':
      return notAnOwnShipment();
    default:
      return undefined;
  }
}

export function notAnOwnShipment(): Refusal {
  return new Refusal('not-an-own-shipment', 'another order has a parcel of this id');
}
