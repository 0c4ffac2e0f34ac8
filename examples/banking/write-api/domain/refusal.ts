/** Why a command on an account did not happen. */
import { CommandRefusal } from '../../../../services/write-api/commands/command-refusal.ts';
import type { CommonRefusalKind } from '../../../../services/write-api/commands/command-refusal.ts';

export type AccountRefusalKind =
  | 'no-such-account'
  | 'no-such-counterparty'
  | 'internal-account'
  | 'account-closed'
  | 'account-not-empty'
  | 'currency-mismatch'
  | 'insufficient-funds'
  | 'same-account';
export type RefusalKind = AccountRefusalKind | CommonRefusalKind;

export class Refusal extends CommandRefusal<RefusalKind> {}
