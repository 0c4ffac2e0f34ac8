/** How many documents the continuous verifier knows to be wrong now, kept beside them for whoever judges the pipeline's health. */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../freshness-record.ts';

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
