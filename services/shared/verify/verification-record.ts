/** What the last verification of a projection found, kept beside its documents: `readside status` shows it. */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../freshness-record.ts';
import type { VerifiedReport } from '../status-report.ts';
import type { Scope, Verification } from './verify-documents.ts';

export interface VerificationRecord extends Omit<VerifiedReport, 'at' | 'scope'> {
  /** `<projection>:verification` */
  readonly _id: string;
  readonly at: Date;
  readonly scope: Scope['kind'];
}

export function verificationRecords(db: Db): Collection<VerificationRecord> {
  return db.collection<VerificationRecord>(FRESHNESS_COLLECTION);
}

export function verificationId(projection: string): string {
  return `${projection}:verification`;
}

export function countsOf(
  { kind: scope }: Scope,
  {
    compared,
    wrong,
    degraded,
    undecided,
    counts,
  }: Verification & { readonly counts: readonly unknown[] | null },
): Omit<VerificationRecord, '_id' | 'at'> {
  const of = (kind: string): number => wrong.filter((each) => each.kind === kind).length;
  return {
    scope,
    compared,
    missing: of('missing'),
    extra: of('extra'),
    different: of('different'),
    degraded: degraded.length,
    undecided: undecided.length,
    ...(counts === null ? {} : { counts: counts.length }),
  };
}
