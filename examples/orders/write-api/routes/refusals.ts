/** What a command of the shop may be refused with. */
import type { CommonRefusalKind } from '../../../../services/write-api/commands/command-refusal.ts';
import { COMMON_EXAMPLES, createRefusals } from '../../../../services/write-api/http/told-refusals.ts';
import type { OrderRefusalKind } from '../commands/refusal.ts';
import { problemOf } from '../http/order-problem.ts';
import { CUSTOMER_ID, ORDER_ID, PRODUCT_ID } from './fields.ts';

const at = (pointer: string, detail: string) => ({ errors: [{ pointer, detail }] });

export const refusals = createRefusals<OrderRefusalKind | CommonRefusalKind>(
  {
    ...COMMON_EXAMPLES,
    'no-such-order': [`there is no order ${ORDER_ID}`],
    'no-such-product': [`there is no product ${PRODUCT_ID}`],
    'no-such-customer': [`there is no customer ${CUSTOMER_ID}`],
    'unknown-customer': ['nobody is registered under the id', at('/customerId', 'is no customer')],
    'unknown-product': [`there is no product ${PRODUCT_ID}`, at('/items/0/productId', 'is no product')],
    'repeated-product': ['an order has one item of a product', at('/items/1/productId', 'is listed before')],
    'mixed-currencies': [
      'the products are sold in different currencies',
      at('/items/1/productId', 'is not sold in EUR'),
    ],
    'email-taken': ['another customer has this e-mail address', at('/email', 'is in use')],
    'out-of-stock': [
      `of the product ${PRODUCT_ID} there are 1`,
      at('/items/0/quantity', 'must be at most 1'),
    ],
    'wrong-status': ['the order is shipped and cannot be cancelled'],
    'not-an-own-shipment': ['another order has a parcel of this id'],
    'refund-exceeds-paid': ['of what was paid 900 is left', at('/amount', 'must be at most 900')],
    'version-mismatch': ['the order is at version 8', { currentVersion: 8 }],
    'limit-exceeded': ['an order has at most 50 parcels'],
    'unstorable-value': ['Postgres cannot keep this', at('/reason', 'contains the character U+0000')],
  },
  problemOf,
);
