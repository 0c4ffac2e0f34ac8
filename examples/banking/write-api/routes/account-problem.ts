/** What a refused command on an account is answered with, and what its route tells of that in OpenAPI. */
import { createProblemOf } from '../../../../services/write-api/http/refusal-problem.ts';
import type { RefusalAnswers } from '../../../../services/write-api/http/refusal-problem.ts';
import { COMMON_EXAMPLES, createRefusals } from '../../../../services/write-api/http/told-refusals.ts';
import { MOST } from '../domain/money.ts';
import type { AccountRefusalKind, RefusalKind } from '../domain/refusal.ts';
import { ACCOUNT_ID, OTHER_ACCOUNT_ID } from './fields.ts';

const ANSWERS: RefusalAnswers<AccountRefusalKind | 'version-mismatch'> = {
  'no-such-account': [404, 'No such account'],
  'version-mismatch': [412, 'The account has changed'],
  'account-closed': [409, 'The account is closed'],
  'account-not-empty': [409, 'The account is not empty'],
  'insufficient-funds': [409, 'There is not enough money'],
  'internal-account': [409, 'The account is the bank’s own'],
  'no-such-counterparty': [422, 'No such counterparty'],
  'currency-mismatch': [422, 'The account is kept in another currency'],
  'same-account': [422, 'Both are the same account'],
};

export const problemOf = createProblemOf(ANSWERS);

/** Of one that changes an account. */
export const OF_CHANGES = ['no-such-account', 'account-closed', 'version-mismatch'] as const;
/** Of one that moves money. */
export const OF_MOVES = [
  ...OF_CHANGES,
  'currency-mismatch',
  'same-account',
  'limit-exceeded',
  'unstorable-value',
] as const;

export const refusals = createRefusals<RefusalKind>(
  {
    ...COMMON_EXAMPLES,
    'no-such-account': [`there is no account ${ACCOUNT_ID}`],
    'version-mismatch': ['the account is at version 8', { currentVersion: 8 }],
    'account-closed': [`the account ${ACCOUNT_ID} is closed`],
    'account-not-empty': ['the account holds 1250'],
    'insufficient-funds': ['the account holds 1250, which is less than 2000'],
    'internal-account': ['the bank’s cash moves by deposits and withdrawals only'],
    'no-such-counterparty': [
      `there is no account ${OTHER_ACCOUNT_ID}`,
      { errors: [{ pointer: '/to', detail: 'is no account' }] },
    ],
    'currency-mismatch': [`the account ${ACCOUNT_ID} is kept in EUR`],
    'same-account': ['an account moves no money to itself'],
    'limit-exceeded': [`no account holds more than ${MOST}, nor owes it`],
    'unstorable-value': [
      'Postgres cannot keep this',
      { errors: [{ pointer: '/text', detail: 'contains the character U+0000' }] },
    ],
  },
  problemOf,
);
