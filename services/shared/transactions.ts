/**
 * Transactions in MongoDB that wait for no dead process. A transaction whose client was killed, or hangs, stays open for a minute (the server's
 * `transactionLifetimeLimitSeconds`), and nobody can change what it has changed. So each process notes the sessions of its transactions, and
 * whoever finds another one in the way for about a second ends all that others have noted: one that lives only begins again.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { MongoError } from 'mongodb';
import type { Binary, ClientSession, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

/**
 * Does `work` in a transaction that a majority acknowledges, and commits it unless `work` has aborted it. It is done again where another one
 * was in the way. @throws what `work` throws, and what the server says when another one was in the way for some ten seconds.
 */
export type InTransaction = <T>(work: (session: ClientSession) => Promise<T>) => Promise<T>;

interface TransactionsRecord {
  /** `<projection>:transactions` */
  readonly _id: string;
  /** Ids of the sessions noted last, of ended processes too. */
  readonly sessions: readonly Binary[];
}

const TRIES = 40;
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 500;
/** About a second after the first. */
const ENDS_OTHERS_EACH = 10;
const NOTED = 1000;
const TRANSACTION = { readConcern: { level: 'snapshot' }, writeConcern: { w: 'majority' } } as const;

/** `collides`: what else than the server's word tells that another transaction was in the way. */
export function createTransactions(
  db: Db,
  projection: string,
  collides: (error: MongoError) => boolean = () => false,
): InTransaction {
  const _id = `${projection}:transactions`;
  const records = db.collection<TransactionsRecord>(FRESHNESS_COLLECTION);
  const backoff = new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: MAX_DELAY_MS });
  const collisions = retry(
    handleWhen((error) => isOf('TransientTransactionError', error) || isMongos(error, collides)),
    { maxAttempts: TRIES, backoff },
  );
  const commits = retry(
    handleWhen((error) => isOf('UnknownTransactionCommitResult', error)),
    { maxAttempts: TRIES, backoff },
  );
  const mine = new Map<string, Binary>();

  async function note({ id }: ClientSession): Promise<void> {
    if (id === undefined) throw new TypeError('the driver does not tell the id of a session');
    const text = id.id.toString('hex');
    if (mine.has(text)) return;
    await records.updateOne(
      { _id },
      { $push: { sessions: { $each: [id.id], $slice: -NOTED } } },
      { upsert: true, writeConcern: TRANSACTION.writeConcern },
    );
    mine.set(text, id.id);
  }

  async function endOthers(): Promise<void> {
    const noted = (await records.findOne({ _id }))?.sessions ?? [];
    const others = noted.filter((id) => !mine.has(id.toString('hex')));
    if (others.length > 0) await db.admin().command({ killSessions: others.map((id) => ({ id })) });
  }

  return (work) =>
    collisions.execute(async ({ attempt }) => {
      if (attempt > 0 && attempt % ENDS_OTHERS_EACH === 0) await endOthers();
      const session = db.client.startSession();
      try {
        await note(session);
        session.startTransaction(TRANSACTION);
        const done = await work(session);
        if (session.inTransaction()) await commits.execute(() => session.commitTransaction());
        return done;
      } catch (error) {
        if (session.inTransaction()) await session.abortTransaction();
        throw error;
      } finally {
        await session.endSession();
      }
    });
}

/** `kind`: as MongoDB's specification of transactions calls it. */
function isOf(kind: string, error: Error): boolean {
  return isMongos(error, (each) => each.hasErrorLabel(kind));
}

function isMongos(error: Error, is: (error: MongoError) => boolean): boolean {
  return error instanceof MongoError && is(error);
}
