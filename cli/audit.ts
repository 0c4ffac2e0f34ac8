/** Who did what to documents by hand: a record before the act and its outcome after it, so that none goes unseen. */
import { randomBytes } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import type { AuditLine, AuditOutcome, WholeAct, WholeOutcome } from '../services/shared/audit-line.ts';
import { FRESHNESS_COLLECTION } from '../services/shared/freshness-record.ts';
import { ask, reasonOf } from '../services/shared/health/asked.ts';

interface AuditRecord extends AuditLine {
  /** `<projection>:audit:<time>:<random>` */
  readonly _id: string;
}

const NOTE_MS = 5000;
const WRITE = { writeConcern: { w: 'majority' } } as const;
const prefix = (projection: string): string => `${projection}:audit:`;
const records = (db: Db): Collection<AuditRecord> => db.collection<AuditRecord>(FRESHNESS_COLLECTION);

/** The returned function adds the outcome. */
export async function beginAct(
  db: Db,
  projection: string,
  line: Omit<AuditLine, 'at' | 'outcome'>,
): Promise<(outcome: AuditOutcome | WholeOutcome) => Promise<void>> {
  const at = new Date();
  const _id = `${prefix(projection)}${at.toISOString()}:${randomBytes(4).toString('hex')}`;
  await records(db).insertOne({ _id, at, ...line, outcome: null }, WRITE);
  return async (outcome) => {
    await records(db).updateOne({ _id }, { $set: { outcome } }, WRITE);
  };
}

export interface WholeLine {
  readonly act: WholeAct;
  readonly by: string | undefined;
}

/** An act on the whole of a read model, with its line; one that fails says why there. */
export async function audited<T>(
  db: Db,
  projection: string,
  { act, by }: WholeLine,
  work: () => Promise<T>,
  tell: (done: T) => string,
): Promise<T> {
  const done = await beginAct(db, projection, { act, of: [], ...(by && { by }) });
  try {
    const result = await work();
    await done({ told: tell(result) });
    return result;
  } catch (error) {
    // MongoDB may be what it failed by: then its end is not known.
    await ask(() => done({ told: `failed: ${reasonOf(error)}` }), NOTE_MS);
    throw error;
  }
}

/** The oldest first. */
export async function readAudit(db: Db, projection: string): Promise<readonly AuditLine[]> {
  const from = prefix(projection);
  const found = await records(db)
    .find({ _id: { $gte: from, $lt: `${from}\uffff` } })
    .sort({ _id: 1 })
    .toArray();
  return found.map(({ _id, ...line }) => line);
}
