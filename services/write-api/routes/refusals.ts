/** What a command may be refused with, as its route tells it in OpenAPI: one refusal of each kind. */
import type { ProblemError } from '../../shared/problem.ts';
import { Refusal } from '../commands/refusal.ts';
import type { RefusalKind } from '../commands/refusal.ts';
import { malformedJson } from '../http/json-body.ts';
import { problemOf } from '../http/refusal-problem.ts';
import { ADDRESS_ID, USER_ID } from './fields.ts';

const EXAMPLES: Readonly<
  Record<RefusalKind, readonly [detail: string, more?: ConstructorParameters<typeof Refusal>[2]]>
> = {
  'no-such-user': [`there is no user ${USER_ID}`],
  'no-such-address': [`the user has no address ${ADDRESS_ID}`],
  'no-such-preference': ['the user has no preference "theme"'],
  'version-mismatch': ['the user is at version 8', { currentVersion: 8 }],
  'email-taken': [
    'another user has this e-mail address',
    { errors: [{ pointer: '/email', detail: 'is in use' }] },
  ],
  'second-primary-address': ['a user has at most one primary address'],
  'not-an-own-address': [
    'an id is given that is not free to use',
    { errors: [{ pointer: '/addresses/0/id', detail: 'is not an address of this user' }] },
  ],
  'limit-exceeded': ['more than a user may have'],
  'unstorable-value': [
    'Postgres cannot keep this',
    { errors: [{ pointer: '/bio', detail: 'contains the character U+0000' }] },
  ],
  'idempotency-key-reused': ['the key was used with another body'],
  busy: ['other commands kept the same rows locked'],
  unavailable: ['the database cannot be reached'],
};

/** Of any command. */
const OF_ALL = ['idempotency-key-reused', 'busy', 'unavailable'] as const;
/** Of one that changes a user. */
export const OF_CHANGES = ['no-such-user', 'version-mismatch'] as const;

export function refusals(...kinds: readonly RefusalKind[]): readonly ProblemError[] {
  const refused = [...kinds, ...OF_ALL].map((kind) => problemOf(new Refusal(kind, ...EXAMPLES[kind])));
  return [malformedJson('the body is not UTF-8'), ...refused];
}
