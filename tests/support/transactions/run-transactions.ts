/** Runs transactions on several connections at once; deadlocks are tried again, as any writer would. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import type pg from 'pg';
import { codeOf, messageOf } from '../../../stack/errors.ts';
import { inTransaction } from '../rows.ts';
import type { Transaction } from './arbitrary-transaction.ts';

export interface TransactionsReport {
  committed: number;
  rolledBack: number;
  /** By a constraint: the random writer's own doing. */
  refused: number;
  deadlocks: number;
  readonly unexpected: string[];
}

const DEADLOCKED = '40P01';
const ATTEMPTS = 50;
const BACKOFF = { initialDelay: 10, maxDelay: 500 };

class OnPurpose extends Error {}

export async function runTransactions(
  pool: pg.Pool,
  transactions: readonly Transaction[],
  connections: number,
): Promise<TransactionsReport> {
  const report: TransactionsReport = {
    committed: 0,
    rolledBack: 0,
    refused: 0,
    deadlocks: 0,
    unexpected: [],
  };
  const policy = retry(
    handleWhen((error) => codeOf(error) === DEADLOCKED),
    { maxAttempts: ATTEMPTS, backoff: new ExponentialBackoff(BACKOFF) },
  );
  policy.onRetry(() => report.deadlocks++);
  const queue = transactions.values();
  const writer = async (): Promise<void> => {
    for (const transaction of queue) {
      try {
        await policy.execute(() => inTransaction(pool, (client) => run(client, transaction)));
        report.committed++;
      } catch (error) {
        if (error instanceof OnPurpose) report.rolledBack++;
        else if (String(codeOf(error)).startsWith('23')) report.refused++;
        else report.unexpected.push(`${String(codeOf(error))} ${messageOf(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: connections }, writer));
  return report;
}

async function run(
  client: pg.ClientBase,
  { statements, undoneFrom, rolledBack }: Transaction,
): Promise<void> {
  await client.query("set local deadlock_timeout = '20ms'");
  let undoes = false;
  for (const [i, { text, values }] of statements.entries()) {
    if (i === undoneFrom) {
      undoes = true;
      await client.query('savepoint here');
    }
    await client.query(text, [...values]);
  }
  if (undoes) await client.query('rollback to savepoint here');
  if (rolledBack) throw new OnPurpose();
}
