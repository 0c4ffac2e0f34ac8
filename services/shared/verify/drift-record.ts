/** How many documents the continuous verifier knows to be wrong now, kept beside them for whoever judges the pipeline's health. */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../freshness-record.ts';
import type { VerificationRecord } from './verification-record.ts';

export interface DriftRecord {
  /** `<projection>:drift` */
  readonly _id: string;
  readonly at: Date;
  readonly wrong: number;
}

export function driftRecords(db: Db): Collection<DriftRecord> {
  return db.collection<DriftRecord>(FRESHNESS_COLLECTION);
}

export function driftId(projection: string): string {
  return `${projection}:drift`;
}

/** How many are wrong as far as is known: a verification of all documents that came after, and found each as it should be, knows better. */
export function knownWrong(
  drift: Pick<DriftRecord, 'at' | 'wrong'> | null,
  verification: Omit<VerificationRecord, '_id'> | null,
): number {
  if (!drift) return 0;
  if (!verification || verification.scope !== 'all' || verification.at <= drift.at) return drift.wrong;
  const { missing, extra, different, undecided } = verification;
  return missing + extra + different + undecided === 0 ? 0 : drift.wrong;
}
