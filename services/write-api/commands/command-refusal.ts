/** Why a command did not happen, whatever it is about. Thrown inside its transaction, so that the transaction is rolled back. Knows no HTTP. */
import type { FieldError } from '../../shared/problem.ts';

/** What any command may be refused with; a domain has more kinds of its own. */
export type CommonRefusalKind =
  | 'version-mismatch'
  | 'limit-exceeded'
  | 'unstorable-value'
  | 'idempotency-key-reused'
  | 'busy'
  | 'unavailable';

export interface RefusalDetails {
  readonly errors?: readonly FieldError[];
  readonly currentVersion?: number;
  readonly cause?: unknown;
}

export class CommandRefusal<Kind extends string = string> extends Error {
  override readonly name = 'Refusal';
  readonly kind: Kind;
  /** where in the request's body it lies */
  readonly errors: readonly FieldError[];
  /** the version of what the command was on, when it was not the expected one */
  readonly currentVersion: number | undefined;

  constructor(kind: Kind, detail: string, more: RefusalDetails = {}) {
    super(detail, { cause: more.cause });
    this.kind = kind;
    this.errors = more.errors ?? [];
    this.currentVersion = more.currentVersion;
  }
}

/** A refusal of those that every domain has. */
export function refusal(
  kind: CommonRefusalKind,
  detail: string,
  more: RefusalDetails = {},
): CommandRefusal<CommonRefusalKind> {
  return new CommandRefusal(kind, detail, more);
}
