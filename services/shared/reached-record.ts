/**
 * How many documents were looked at because a row that they copy from had changed, counted beside the documents by whoever does it: while that goes
 * on, nothing of the partition is committed, and yet it is no standstill.
 */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

export interface ReachedRecord {
  /** `<projection>:reached` */
  readonly _id: string;
  readonly documents: number;
}

export function reachedRecords(db: Db): Collection<ReachedRecord> {
  return db.collection<ReachedRecord>(FRESHNESS_COLLECTION);
}

export function reachedId(projection: string): string {
  return `${projection}:reached`;
}
