/** Why a command did not happen. Thrown inside its transaction, so that the transaction is rolled back. Knows no HTTP. */
import type { FieldError } from '../../shared/problem.ts';

export type RefusalKind =
  | 'no-such-user'
  | 'no-such-address'
  | 'no-such-preference'
  | 'version-mismatch'
  | 'email-taken'
  | 'second-primary-address'
  | 'not-an-own-address'
  | 'limit-exceeded'
  | 'unstorable-value'
  | 'idempotency-key-reused'
  | 'busy'
  | 'unavailable';

export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: RefusalKind;
  /** where in the request's body it lies */
  readonly errors: readonly FieldError[];
  /** the user's version, when it was not the expected one */
  readonly currentVersion: number | undefined;

  constructor(
    kind: RefusalKind,
    detail: string,
    more: { errors?: readonly FieldError[]; currentVersion?: number; cause?: unknown } = {},
  ) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.currentVersion = more.currentVersion;
  }
}
