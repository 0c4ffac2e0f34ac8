/** The schemas of what a request may say: one source for validation, types and OpenAPI. */
import { Type } from 'typebox';
import {
  Email,
  NOT_BLANK,
  nullableText,
  text,
  uuid,
} from '../../../../services/write-api/http/text-schema.ts';
import { MAX_ITEMS, MAX_QUANTITY, MAX_TOTAL } from '../commands/place-order.ts';
import { MAX_STOCK } from '../commands/stock.ts';
import type { ShipmentStatus } from '../commands/update-shipping.ts';

/** Those of all examples. */
export const CUSTOMER_ID = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
export const PRODUCT_ID = '01936d5e-8d2b-7b41-8a66-1b2c3d4e5f60';
export const ORDER_ID = '01936d5f-1a2b-7c3d-9e4f-5a6b7c8d9e0f';
const SHIPMENT_ID = '01936d60-3c5e-7d21-9b87-2c3d4e5f6071';

export const CustomerId = uuid('the customer’s id', CUSTOMER_ID);
export const ProductId = uuid('the product’s id', PRODUCT_ID);
export const OrderId = uuid('the order’s id', ORDER_ID);
export const ShipmentId = uuid('the parcel’s id, of the sender’s own choice', SHIPMENT_ID);

const MAX_PRICE = 1_000_000_000;
const Name = text({ minLength: 1, maxLength: 200, pattern: NOT_BLANK, examples: ['Ada Lovelace'] });
const Title = text({ minLength: 1, maxLength: 200, pattern: NOT_BLANK, examples: ['Difference engine'] });
const Price = Type.Integer({
  minimum: 0,
  maximum: MAX_PRICE,
  description: 'in the currency’s smallest unit',
  examples: [4200],
});

export const NewCustomerBody = Type.Object(
  { name: Name, email: Email },
  { additionalProperties: false, examples: [{ name: 'Ada Lovelace', email: 'ada@example.com' }] },
);
export const RenameBody = Type.Object(
  { name: Name },
  { additionalProperties: false, examples: [{ name: 'Ada King' }] },
);

export const NewProductBody = Type.Object(
  {
    title: Title,
    price: Price,
    currency: text({ maxLength: 3, pattern: '^[A-Z]{3}$', description: 'ISO 4217', examples: ['EUR'] }),
    stock: Type.Integer({ minimum: 0, maximum: MAX_STOCK, examples: [10] }),
  },
  {
    additionalProperties: false,
    examples: [{ title: 'Difference engine', price: 4200, currency: 'EUR', stock: 10 }],
  },
);
/** What is left out stays. */
export const ProductChanges = Type.Partial(Type.Object({ title: Title, price: Price }), {
  additionalProperties: false,
  minProperties: 1,
  examples: [{ title: 'Analytical engine' }],
});
export const RestockBody = Type.Object(
  {
    quantity: Type.Integer({ minimum: 1, maximum: MAX_STOCK, description: 'how many more', examples: [25] }),
  },
  { additionalProperties: false, examples: [{ quantity: 25 }] },
);

export const NewOrderBody = Type.Object(
  {
    customerId: CustomerId,
    items: Type.Array(
      Type.Object(
        {
          productId: ProductId,
          quantity: Type.Integer({ minimum: 1, maximum: MAX_QUANTITY, examples: [2] }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: MAX_ITEMS },
    ),
  },
  {
    additionalProperties: false,
    examples: [{ customerId: CUSTOMER_ID, items: [{ productId: PRODUCT_ID, quantity: 2 }] }],
  },
);
export const ShipmentBody = Type.Object(
  {
    carrier: text({ minLength: 1, maxLength: 60, pattern: NOT_BLANK, examples: ['La Poste'] }),
    trackingNumber: Type.Optional(
      nullableText({ minLength: 1, maxLength: 64, pattern: NOT_BLANK, examples: ['6A12345678901'] }),
    ),
    status: Type.Unsafe<ShipmentStatus>({
      type: 'string',
      enum: ['shipped', 'delivered'],
      examples: ['shipped'],
    }),
  },
  {
    additionalProperties: false,
    examples: [{ carrier: 'La Poste', trackingNumber: '6A12345678901', status: 'shipped' }],
  },
);
export const RefundBody = Type.Object(
  {
    amount: Type.Integer({
      minimum: 1,
      maximum: MAX_TOTAL,
      description: 'in the smallest unit of the order’s currency',
      examples: [1500],
    }),
    reason: Type.Optional(
      nullableText({ minLength: 1, maxLength: 500, pattern: NOT_BLANK, examples: ['a scratch'] }),
    ),
  },
  { additionalProperties: false, examples: [{ amount: 1500, reason: 'a scratch' }] },
);
