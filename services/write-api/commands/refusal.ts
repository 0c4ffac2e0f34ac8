/** Why a command on a user did not happen. */
import { CommandRefusal } from './command-refusal.ts';
import type { CommonRefusalKind } from './command-refusal.ts';

export type UserRefusalKind =
  | 'no-such-user'
  | 'no-such-address'
  | 'no-such-preference'
  | 'email-taken'
  | 'second-primary-address'
  | 'not-an-own-address';
export type RefusalKind = UserRefusalKind | CommonRefusalKind;

export class Refusal extends CommandRefusal<RefusalKind> {}

/** Of what the tables hold of any writer. */
export function refusalOfConstraint(constraint: string): Refusal | undefined {
  switch (constraint) {
    case 'users_email_unique':
      return new Refusal('email-taken', 'another user has this e-mail address', {
        errors: [{ pointer: '/email', detail: 'is in use' }],
      });
    case 'addresses_one_primary':
      return new Refusal('second-primary-address', 'a user has at most one primary address');
    default:
      return undefined;
  }
}
