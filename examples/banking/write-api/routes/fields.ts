/** The schemas of what a request may say: one source for validation, types and OpenAPI. */
import { Type } from 'typebox';
import { NOT_BLANK, text, uuid } from '../../../../services/write-api/http/text-schema.ts';
import { CURRENCY_PATTERN, MOST } from '../domain/money.ts';

/** The accounts of all examples. */
export const ACCOUNT_ID = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
export const OTHER_ACCOUNT_ID = '01936d5e-8d2b-7b41-8a66-1b2c3d4e5f60';
export const TRANSFER_ID = '01936d60-3c5e-7d21-9b87-2c3d4e5f6071';

export const AccountParams = Type.Object({
  id: uuid('the account’s id', ACCOUNT_ID),
});

const currency = Type.String({
  pattern: CURRENCY_PATTERN,
  maxLength: 3,
  description: 'ISO 4217',
  examples: ['EUR'],
});

export const NewAccountBody = Type.Object(
  {
    owner: text({
      minLength: 1,
      maxLength: 200,
      pattern: NOT_BLANK,
      description: 'whose it is, for people',
      examples: ['Ada Lovelace'],
    }),
    currency,
  },
  { additionalProperties: false, examples: [{ owner: 'Ada Lovelace', currency: 'EUR' }] },
);

const money = {
  amount: Type.Integer({
    minimum: 1,
    maximum: MOST,
    description: 'in the smallest unit of the currency: 1250 of EUR are 12.50 €',
    examples: [1250],
  }),
  currency,
  text: Type.Optional(
    Type.String({ maxLength: 200, description: 'for people', examples: ['Rent for November'] }),
  ),
  category: Type.Optional(
    Type.String({
      pattern: '^[a-z][a-z0-9-]*$',
      maxLength: 40,
      description: 'what spending is counted by; other when left out',
      examples: ['rent'],
    }),
  ),
};
const EXAMPLE = { amount: 1250, currency: 'EUR', text: 'Rent for November', category: 'rent' };

export const MoneyBody = Type.Object(money, { additionalProperties: false, examples: [EXAMPLE] });
export const TransferBody = Type.Object(
  {
    to: uuid('the id of the account that is credited', OTHER_ACCOUNT_ID),
    ...money,
  },
  { additionalProperties: false, examples: [{ to: OTHER_ACCOUNT_ID, ...EXAMPLE }] },
);
