/** What a refused command of the shop is answered with. */
import { createProblemOf } from '../../../../services/write-api/http/refusal-problem.ts';
import type { RefusalAnswers } from '../../../../services/write-api/http/refusal-problem.ts';
import type { OrderRefusalKind } from '../commands/refusal.ts';

const ANSWERS: RefusalAnswers<OrderRefusalKind> = {
  'no-such-order': [404, 'No such order'],
  'no-such-product': [404, 'No such product'],
  'no-such-customer': [404, 'No such customer'],
  'unknown-customer': [422, 'The customer is not known'],
  'unknown-product': [422, 'A product is not known'],
  'repeated-product': [422, 'A product is listed twice'],
  'mixed-currencies': [422, 'An order has one currency'],
  'email-taken': [409, 'The e-mail address is taken'],
  'out-of-stock': [409, 'There are not as many'],
  'wrong-status': [409, 'The order’s status does not allow it'],
  'not-an-own-shipment': [422, 'Not a parcel of this order'],
  'refund-exceeds-paid': [409, 'More than is left of what was paid'],
};

export const problemOf = createProblemOf(ANSWERS);
