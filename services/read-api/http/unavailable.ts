/** Which errors of the two databases mean "not now" (503, try again), and what that answer is. All others are bugs of ours. */
import {
  MongoClientClosedError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoSystemError,
  MongoTopologyClosedError,
} from 'mongodb';
import { DatabaseError } from 'pg';
import { ProblemError } from '../../shared/problem.ts';
import { isCertificateFailure } from '../../shared/refused-access.ts';

const RETRY_AFTER_SECONDS = '1';

/** MongoDB is starting, stopping, changing its primary, replacing the collection, slow, or refuses us. */
const MONGO_UNAVAILABLE: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized
  18, // AuthenticationFailed
  50, // MaxTimeMSExpired
  89, // NetworkTimeout
  91, // ShutdownInProgress
  134, // ReadConcernMajorityNotAvailableYet
  175, // QueryPlanKilled: a rebuild put another collection in this one's place
  189, // PrimarySteppedDown
  211, // KeyNotFound
  262, // ExceededTimeLimit
  9001, // SocketException
  10_107, // NotWritablePrimary
  11_600, // InterruptedAtShutdown
  11_601, // Interrupted
  11_602, // InterruptedDueToReplStateChange
  13_435, // NotPrimaryNoSecondaryOk
  13_436, // NotPrimaryOrSecondary
]);
const MONGO_CONNECTION_ERRORS = [
  MongoNetworkError,
  MongoSystemError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoTopologyClosedError,
  MongoClientClosedError,
];

/** A read’s own signal, and the wait for a connection of the pool: neither has a class that can be imported. */
const TIMEOUTS: ReadonlySet<unknown> = new Set(['TimeoutError', 'MongoWaitQueueTimeoutError']);

/** The answer where the documents cannot be reached; null for any other error. */
export function mongoUnavailable(error: unknown): ProblemError | null {
  return isMongoUnavailable(error) ? unavailable('documents', error) : null;
}

function isMongoUnavailable(error: unknown): boolean {
  if (error instanceof MongoServerError) return MONGO_UNAVAILABLE.has(error.code);
  if (MONGO_CONNECTION_ERRORS.some((each) => error instanceof each)) return true;
  return isObject(error) && 'name' in error && TIMEOUTS.has(error.name);
}

/** Postgres is starting, stopping, full or slow, or the view is not there or not ours to read. */
const SOURCE_UNAVAILABLE: ReadonlySet<string> = new Set([
  '28000', // invalid_authorization_specification
  '28P01', // invalid_password
  '3D000', // invalid_catalog_name
  '3F000', // invalid_schema_name
  '40001', // serialization_failure: a standby's conflict with recovery
  '42501', // insufficient_privilege
  '42P01', // undefined_table: the view of another version of the projection
  '42703', // undefined_column
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);
const SOURCE_UNAVAILABLE_CLASSES: ReadonlySet<string> = new Set(['08', '53', '58']); // connection, resources, I/O

/** The answer where the source cannot be reached; null for any other error. */
export function sourceUnavailable(error: unknown): ProblemError | null {
  if (error instanceof DatabaseError) {
    const code = error.code ?? '';
    const known = SOURCE_UNAVAILABLE.has(code) || SOURCE_UNAVAILABLE_CLASSES.has(code.slice(0, 2));
    return known ? unavailable('source', error) : null;
  }
  return isConnectionLoss(error) ? unavailable('source', error) : null;
}

/** pg and the socket below it have no class for a connection that is not there, or no longer. */
function isConnectionLoss(error: unknown): boolean {
  if (!isObject(error)) return false;
  if (isCertificateFailure(error)) return true;
  if ('syscall' in error || ('code' in error && /^E[A-Z_]+$/.test(String(error.code)))) return true;
  return 'message' in error && PG_CONNECTION_LOSS.test(String(error.message));
}
const PG_CONNECTION_LOSS =
  /^(Connection terminated|Query read timeout|Client has encountered a connection error|timeout exceeded)/;

/** No row can have this value, because its type cannot: a NUL in a text, a number out of range. */
export function isUnstorable(error: unknown): boolean {
  return (
    error instanceof DatabaseError && ['22003', '22021', '22P02', '22007', '22008'].includes(error.code ?? '')
  );
}

function unavailable(what: 'documents' | 'source', cause: unknown): ProblemError {
  return Object.assign(unreachable(what), { cause }); // for the log
}

export function unreachable(what: 'documents' | 'source'): ProblemError {
  return new ProblemError(503, `${what}-unavailable`, `The ${what} cannot be reached`, {
    headers: { 'retry-after': RETRY_AFTER_SECONDS, 'cache-control': 'no-store' },
  });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
