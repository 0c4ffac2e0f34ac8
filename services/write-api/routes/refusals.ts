/** What a command on a user may be refused with. */
import type { RefusalKind } from '../commands/refusal.ts';
import { COMMON_EXAMPLES, createRefusals } from '../http/told-refusals.ts';
import { problemOf } from '../http/user-problem.ts';
import { ADDRESS_ID, USER_ID } from './fields.ts';

/** Of one that changes a user. */
export const OF_CHANGES = ['no-such-user', 'version-mismatch'] as const;

export const refusals = createRefusals<RefusalKind>(
  {
    ...COMMON_EXAMPLES,
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
  },
  problemOf,
);
