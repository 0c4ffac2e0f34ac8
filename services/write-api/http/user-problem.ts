/** What a refused command on a user is answered with. */
import type { UserRefusalKind } from '../commands/refusal.ts';
import { createProblemOf } from './refusal-problem.ts';
import type { RefusalAnswers } from './refusal-problem.ts';

const ANSWERS: RefusalAnswers<UserRefusalKind | 'version-mismatch'> = {
  'no-such-user': [404, 'No such user'],
  'no-such-address': [404, 'No such address'],
  'no-such-preference': [404, 'No such preference'],
  'version-mismatch': [412, 'The user has changed'],
  'email-taken': [409, 'The e-mail address is taken'],
  'second-primary-address': [409, 'The user has a primary address already'],
  'not-an-own-address': [422, 'Not an address of this user'],
};

export const problemOf = createProblemOf(ANSWERS);
