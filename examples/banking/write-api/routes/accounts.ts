import { Type } from 'typebox';
import { ADMIN_ONLY, ownOnly } from '../../../../services/shared/auth/access.ts';
import { SCOPES } from '../../../../services/shared/auth/principal.ts';
import type { HttpApp } from '../../../../services/shared/http-app.ts';
import {
  acknowledgement,
  ChangeHeaders,
  CreateHeaders,
} from '../../../../services/write-api/http/command-schema.ts';
import type { Perform } from '../../../../services/write-api/http/perform.ts';
import { targetOf } from '../../../../services/write-api/http/root-target.ts';
import type { Acknowledgement } from '../commands/accounts.ts';
import { closeAccount } from '../commands/close-account.ts';
import { depositMoney } from '../commands/deposit-money.ts';
import type { Money } from '../commands/move-money.ts';
import { openAccount } from '../commands/open-account.ts';
import { transferFunds } from '../commands/transfer-funds.ts';
import { withdrawMoney } from '../commands/withdraw-money.ts';
import { OF_CHANGES, OF_MOVES, refusals } from './account-problem.ts';
import { ACCOUNT_ID, AccountParams, MoneyBody, NewAccountBody, TRANSFER_ID, TransferBody } from './fields.ts';

export interface Told {
  transferId?: string;
}
export type PerformOnAccount = Perform<Acknowledgement, Told>;

/** Whose id the account has: the token of a program that may move this account's money, and no other's. */
const OWN_ACCOUNT = ownOnly(SCOPES.write);

const acknowledged = { of: 'the account', example: { id: ACCOUNT_ID, version: 7 }, more: {} };
const CREATED = { 201: acknowledgement({ ...acknowledged, location: `/accounts/${ACCOUNT_ID}` }) };
const CHANGED = { 200: acknowledgement(acknowledged) };
const MOVED = {
  200: acknowledgement({
    ...acknowledged,
    example: { ...acknowledged.example, transferId: TRANSFER_ID },
    more: { transferId: Type.Optional(Type.String({ description: 'of both entries' })) },
  }),
};
const common = { tags: ['accounts'], params: AccountParams, headers: ChangeHeaders };

export function addAccountRoutes(app: HttpApp, perform: PerformOnAccount): void {
  app.post(
    '/accounts',
    {
      config: { ...ADMIN_ONLY, problems: refusals('unstorable-value') },
      schema: {
        operationId: 'openAccount',
        summary: 'Open an account in a currency',
        tags: common.tags,
        headers: CreateHeaders,
        body: NewAccountBody,
        response: CREATED,
      },
    },
    async (request, reply) => perform(request, reply, (client) => openAccount(client, request.body), 201),
  );

  app.post(
    '/accounts/:id/deposits',
    {
      config: { ...OWN_ACCOUNT, problems: refusals(...OF_MOVES) },
      schema: {
        ...common,
        operationId: 'depositMoney',
        summary: 'Pay money in',
        body: MoneyBody,
        response: MOVED,
      },
    },
    async (request, reply) =>
      perform(request, reply, (client) => depositMoney(client, targetOf(request), moneyOf(request.body))),
  );

  app.post(
    '/accounts/:id/withdrawals',
    {
      config: { ...OWN_ACCOUNT, problems: refusals(...OF_MOVES, 'insufficient-funds') },
      schema: {
        ...common,
        operationId: 'withdrawMoney',
        summary: 'Pay money out',
        body: MoneyBody,
        response: MOVED,
      },
    },
    async (request, reply) =>
      perform(request, reply, (client) => withdrawMoney(client, targetOf(request), moneyOf(request.body))),
  );

  app.post(
    '/accounts/:id/transfers',
    {
      config: {
        ...OWN_ACCOUNT,
        problems: refusals(...OF_MOVES, 'insufficient-funds', 'no-such-counterparty', 'internal-account'),
      },
      schema: {
        ...common,
        operationId: 'transferFunds',
        summary: 'Move money to another account',
        description:
          'Both entries are made in one transaction. Id, version and token are the debited account’s.',
        body: TransferBody,
        response: MOVED,
      },
    },
    async (request, reply) => {
      const { to, ...money } = request.body;
      return perform(request, reply, (client) =>
        transferFunds(client, targetOf(request), to.toLowerCase(), moneyOf(money)),
      );
    },
  );

  app.post(
    '/accounts/:id/closure',
    {
      config: {
        ...OWN_ACCOUNT,
        problems: refusals(...OF_CHANGES, 'account-not-empty', 'internal-account'),
      },
      schema: {
        ...common,
        operationId: 'closeAccount',
        summary: 'Close an account that is empty',
        response: CHANGED,
      },
    },
    async (request, reply) => perform(request, reply, (client) => closeAccount(client, targetOf(request))),
  );
}

function moneyOf({
  amount,
  currency,
  text = '',
  category = 'other',
}: Partial<Money> & Pick<Money, 'amount' | 'currency'>): Money {
  return { amount, currency, text, category };
}
