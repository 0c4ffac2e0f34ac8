/**
 * Failures of MongoDB that pass by themselves: an election, a restart, a broken connection. They are waited out for as long as
 * the partition is ours, with backoff and jitter; anything else is not for here.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { MongoBulkWriteError, MongoError, MongoNetworkError, MongoServerSelectionError } from 'mongodb';

const FIRST_DELAY_MS = 50;
const MAX_DELAY_MS = 2000;

/** Server errors that end with an election or a restart: shutdown, stepped down, not primary, interrupted, write concern. */
const PASSING_CODES = new Set([6, 7, 64, 89, 91, 189, 262, 9001, 10107, 11600, 11601, 11602, 13435, 13436]);

/** Of the driver: a server went, or its connections were dropped. */
const PASSING_NAMES: ReadonlySet<string> = new Set([
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoServerClosedError',
  'MongoNotConnectedError',
]);

/** A change cannot be put aside now, so nothing after it may go on. */
export class DeadLettersUnwritableError extends Error {
  override readonly name = 'DeadLettersUnwritableError';
}

export function isPassing(error: unknown): boolean {
  if (error instanceof DeadLettersUnwritableError) return true;
  if (error instanceof MongoNetworkError || error instanceof MongoServerSelectionError) return true;
  if (!(error instanceof MongoError)) return false;
  if (error.hasErrorLabel('RetryableWriteError') || error.hasErrorLabel('TransientTransactionError'))
    return true;
  if (PASSING_NAMES.has(error.name)) return true;
  // A bulk that the server never answered: the driver wraps the connection's end in an error without code and labels.
  if (
    error instanceof MongoBulkWriteError &&
    error.code === undefined &&
    [error.writeErrors].flat().length === 0
  )
    return true;
  const codes: unknown[] = [error.code];
  if (error instanceof MongoBulkWriteError) codes.push(error.result.getWriteConcernError()?.code);
  return codes.some((code) => typeof code === 'number' && PASSING_CODES.has(code));
}

/** Runs `work` until it succeeds, fails for good, or `signal` is aborted. `onRetry` hears of each failure. */
export function retryPassing<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onRetry: (error: Error) => void,
): Promise<T> {
  const policy = retry(handleWhen(isPassing), {
    maxAttempts: Number.POSITIVE_INFINITY,
    backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: MAX_DELAY_MS }),
  });
  policy.onRetry((event) => {
    if ('error' in event) onRetry(event.error);
  });
  return policy.execute(work, signal);
}
