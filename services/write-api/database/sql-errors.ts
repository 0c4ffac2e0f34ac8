/**
 * What a failed statement means for its command: refuse it, try it again, or say that the database is not available.
 * Anything not listed is a bug of ours and stays the error it is.
 */
import { DatabaseError } from 'pg';
import { isCertificateFailure } from '../../shared/refused-access.ts';
import { CommandRefusal, refusal } from '../commands/command-refusal.ts';

/** feature_not_supported, here: a migration changed the type of what a prepared statement answers. Another connection prepares it anew. */
const STALE_STATEMENT = '0A000';

/** The transaction was rolled back by Postgres and may well pass when tried again. */
const PASSING: ReadonlySet<string> = new Set([
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: lock_timeout
  STALE_STATEMENT,
]);

/** Not about this command: Postgres is starting, stopping, full, read-only after a failover, or too slow. */
const UNAVAILABLE: ReadonlySet<string> = new Set([
  '25006', // read_only_sql_transaction
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);
const UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '28', '53', '58']); // connection, password, resources, I/O

/** The value itself cannot be stored, and will not be next time either. */
const UNSTORABLE: ReadonlySet<string> = new Set([
  '22001', // string_data_right_truncation
  '22003', // numeric_value_out_of_range: 1e200000 in a jsonb
  '22021', // character_not_in_repertoire: a NUL in a text
  '22P02', // invalid_text_representation: a number that jsonb cannot read
  '22P05', // untranslatable_character: a NUL in a jsonb
  '23514', // check_violation
  '54000', // program_limit_exceeded: too large for an index or a jsonb
  '54001', // statement_too_complex: nested deeper than Postgres's stack
]);

/** What a constraint of the domain's own tables says; undefined: nothing of its own. */
export type RefusalOfConstraint = (constraint: string) => CommandRefusal | undefined;

/** The error as a refusal where it is one, else the error. */
export function translateSqlError(error: unknown, refusalOfConstraint: RefusalOfConstraint): unknown {
  if (error instanceof CommandRefusal) return error;
  if (!(error instanceof DatabaseError)) return isConnectionLoss(error) ? unavailable(error) : error;
  const code = error.code ?? '';
  if (PASSING.has(code)) return refusal('busy', 'other commands kept the same rows locked', { cause: error });
  if (UNAVAILABLE.has(code) || UNAVAILABLE_CLASSES.has(code.slice(0, 2))) return unavailable(error);
  const refused = refusalOfConstraint(error.constraint ?? '');
  if (refused) return refused;
  return UNSTORABLE.has(code) ? refusal('unstorable-value', error.message, { cause: error }) : error;
}

export function isPassing(error: unknown): boolean {
  return error instanceof DatabaseError && PASSING.has(error.code ?? '');
}

/** The connection would fail again with the same statement. */
export function isStale(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === STALE_STATEMENT;
}

/** What pg and the socket below it raise without a SQLSTATE when the connection is not there, or no longer. */
function isConnectionLoss(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (isCertificateFailure(error)) return true;
  if ('syscall' in error || ('code' in error && /^E[A-Z_]+$/.test(String(error.code)))) return true;
  return /^(Connection terminated|Query read timeout|Client has encountered a connection error|timeout exceeded)/.test(
    error.message,
  );
}

export function unavailable(error: unknown): CommandRefusal {
  return refusal('unavailable', 'the database cannot be reached', { cause: error });
}
