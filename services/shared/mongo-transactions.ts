/**
 * Transactions in MongoDB that wait for no dead process. A transaction whose client was killed, or hangs, stays open for a minute (the server's
 * `transactionLifetimeLimitSeconds`), and nobody can change what it has changed. So each process notes the sessions that it uses for transactions
 * and for nothing else, and whoever finds another one in the way for about two seconds ends all that others have noted: one that lives only
 * begins again.
 */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { MongoError } from 'mongodb';
import type { Binary, ClientSession, Db, MongoClient } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

export interface TransactionOptions {
  readonly db: Db;
  /** All that are in each other's way share it. */
  readonly name: string;
  /** What else than the server's word tells that another transaction was in the way. */
  readonly collides?: (error: MongoError) => boolean;
  /** Half a second each, after the first ones. */
  readonly tries?: number;
}

export interface MongoTransactions {
  /**
   * Does `work` in a transaction that a majority acknowledges, and commits it unless `work` has aborted it. It is done again where another one
   * was in the way, or a server went. @throws what `work` throws, and what MongoDB says at the last try.
   */
  run<T>(this: void, work: (session: ClientSession) => Promise<T>): Promise<T>;
  /** Ends what others have open. */
  endOthers(this: void): Promise<void>;
}

interface SessionsRecord {
  /** `<name>:transactions` */
  readonly _id: string;
  /** Ids of the sessions noted last, of ended processes too. */
  readonly sessions: readonly Binary[];
}

const TRIES = 40;
const COMMIT_TRIES = 5;
const FIRST_DELAY_MS = 5;
const MAX_DELAY_MS = 500;
/** So many collisions take about two seconds. */
const ENDS_OTHERS_EACH = 10;
const NOTED = 1000;
const MAJORITY = { w: 'majority' } as const;
const TRANSACTION = { readConcern: { level: 'snapshot' }, writeConcern: MAJORITY } as const;
const WRITE_CONFLICT = 112;
/** Somebody has ended the session while a command of it was under way. */
const INTERRUPTED = 11_601;

interface Sessions {
  readonly free: ClientSession[];
  /** By the name of those who share a record: what this process has noted there. */
  readonly noted: Map<string, Set<string>>;
}

/** Of one process: the driver's own pool would lend them to whatever else is asked of MongoDB. They end with the client. */
const sessionsOf = new WeakMap<MongoClient, Sessions>();

export function mongoTransactions({
  db,
  name,
  collides = () => false,
  tries = TRIES,
}: TransactionOptions): MongoTransactions {
  const _id = `${name}:transactions`;
  const records = db.collection<SessionsRecord>(FRESHNESS_COLLECTION);
  const backoff = new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: MAX_DELAY_MS });
  const again = retry(
    handleWhen(
      (error) => error instanceof MongoError && (collides(error) || isOf('TransientTransactionError', error)),
    ),
    { maxAttempts: tries, backoff },
  );
  const commits = retry(
    handleWhen((error) => error instanceof MongoError && isOf('UnknownTransactionCommitResult', error)),
    { maxAttempts: COMMIT_TRIES, backoff },
  );
  const ofClient: Sessions = sessionsOf.get(db.client) ?? { free: [], noted: new Map() };
  sessionsOf.set(db.client, ofClient);
  const { free } = ofClient;
  const noted = ofClient.noted.get(name) ?? new Set();
  ofClient.noted.set(name, noted);

  /** Before the first transaction in it, so that none is left that nobody knows of. */
  async function note({ id }: ClientSession): Promise<void> {
    if (id === undefined) throw new TypeError('the driver does not tell the id of a session');
    const text = id.id.toString('hex');
    if (noted.has(text)) return;
    const update = { $push: { sessions: { $each: [id.id], $slice: -NOTED } } };
    await records.updateOne({ _id }, update, { upsert: true, writeConcern: MAJORITY });
    noted.add(text);
  }

  async function endOthers(): Promise<void> {
    const all = (await records.findOne({ _id }))?.sessions ?? [];
    const others = all.filter((id) => !noted.has(id.toString('hex')));
    if (others.length > 0) await db.admin().command({ killSessions: others.map((id) => ({ id })) });
  }

  async function once<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
    const session = free.pop() ?? db.client.startSession();
    try {
      await note(session);
      session.startTransaction(TRANSACTION);
      const done = await work(session);
      if (session.inTransaction()) await commits.execute(() => session.commitTransaction());
      return done;
    } finally {
      if (session.inTransaction()) await session.abortTransaction();
      free.push(session);
    }
  }

  return {
    endOthers,
    run(work) {
      let collisions = 0;
      return again.execute(async () => {
        if (collisions > 0 && collisions % ENDS_OTHERS_EACH === 0) await endOthers();
        try {
          return await once(work);
        } catch (error) {
          if (error instanceof MongoError && (collides(error) || error.code === WRITE_CONFLICT))
            collisions += 1;
          throw error;
        }
      });
    },
  };
}

/** `kind`: as MongoDB's specification of transactions calls it. */
function isOf(kind: string, error: MongoError): boolean {
  return error.hasErrorLabel(kind) || error.code === INTERRUPTED;
}
