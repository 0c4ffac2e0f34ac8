/**
 * One transaction, tried again when Postgres says that it may pass.
 * Guarantees: `run` has taken effect as a whole when this resolves, and not at all when it rejects with a refusal other
 * than 'unavailable'. That one leaves it open when it came with the COMMIT: the answer may be lost after the deed. It is
 * therefore never tried again here; a client that must know sends its Idempotency-Key again.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { DatabaseError } from 'pg';
import type { Pool, PoolClient } from 'pg';
import { CommandRefusal } from '../commands/command-refusal.ts';
import { preparing } from './sql-client.ts';
import type { SqlClient } from './sql-client.ts';
import { isPassing, isStale, translateSqlError, unavailable } from './sql-errors.ts';
import type { RefusalOfConstraint } from './sql-errors.ts';

const RETRIES = 3;
const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 200;

/** What is noted with the rows (migrations, note_writer). */
export interface Origin {
  /** for whom it writes; null: the connection's own name is noted */
  readonly subject: string | null;
  /** of the span that is the transaction; null: it is not recorded */
  readonly traceparent: string | null;
}

export type RunInTransaction = <T>(origin: Origin, run: (client: SqlClient) => Promise<T>) => Promise<T>;

/** `onRetry` is told of each attempt that failed and will be made again. */
export function createTransactions(
  pool: Pool,
  onRetry: () => void,
  refusalOfConstraint: RefusalOfConstraint,
): RunInTransaction {
  const policy = retry(handleWhen(isPassing), {
    maxAttempts: RETRIES,
    backoff: new ExponentialBackoff({ initialDelay: FIRST_PAUSE_MS, maxDelay: LONGEST_PAUSE_MS }), // jittered
  });
  policy.onRetry(onRetry);
  return async (origin, run) => {
    try {
      return await policy.execute(() => attempt(pool, origin, run));
    } catch (error) {
      throw translateSqlError(error, refusalOfConstraint);
    }
  };
}

async function attempt<T>(pool: Pool, origin: Origin, run: (client: SqlClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw unavailable(error);
  });
  let broken = false;
  try {
    await client.query(beginFor(client, origin));
    const result = await run(preparing(client));
    await client.query('commit');
    return result;
  } catch (error) {
    broken = !(await rolledBack(client, error));
    throw error;
  } finally {
    client.release(broken);
  }
}

/** In one round trip. */
function beginFor(client: PoolClient, origin: Origin): string {
  const settings = Object.entries(origin).flatMap(([name, value]: [string, string | null]) =>
    value === null ? [] : [`set_config('readside.${name}', ${client.escapeLiteral(value)}, true)`],
  );
  return settings.length === 0 ? 'begin' : `begin; select ${settings.join(', ')}`;
}

/**
 * False when the connection is not to be used again: it is gone, or its late answer to a statement that we gave up on
 * would be taken for the answer to the next one, or it holds a statement that does not fit the tables any more.
 */
async function rolledBack(client: PoolClient, error: unknown): Promise<boolean> {
  if (!(error instanceof DatabaseError) && !(error instanceof CommandRefusal)) return false;
  if (isStale(error)) return false;
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}
