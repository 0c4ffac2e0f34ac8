/** Who did what to documents by hand: a record before the act and its outcome after it, so that none goes unseen. */
import { randomBytes } from 'node:crypto';
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../services/shared/freshness-record.ts';
import { ask, reasonOf } from '../services/shared/health/asked.ts';

export interface AuditLine {
  readonly at: Date;
  readonly act: 'retry' | 'discard' | 'repair' | 'replay' | WholeAct;
  /** Ids of documents, a change's `partition:offset`, tallies whose counts were wrong, or the places that a replay begins at; empty: all of it. */
  readonly of: readonly string[];
  /** As the system knows whoever ran it; left out where it does not. */
  readonly by?: string;
  /** null: it was begun, and its end is not known. */
  readonly outcome: AuditOutcome | WholeOutcome | null;
}

/** Acts on the whole of a read model or of its stream. */
export type WholeAct =
  | 'rebuild'
  | 'rebuild-abort'
  | 'rollback'
  | 'projection-pause'
  | 'projection-resume'
  | `connector-${'pause' | 'resume' | 'restart' | 'delete'}`;

export interface WholeOutcome {
  /** What was done, or why not, in words. */
  readonly told: string;
}

export interface AuditOutcome {
  readonly healed: number;
  readonly failing: number;
  readonly applied: number;
  readonly discarded: number;
  /** Offsets that a replay has delivered again. */
  readonly again?: number;
}

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
