/**
 * The snapshots whose rows are in the documents, by their WAL positions. A connector that died in its first snapshot begins another: what
 * was deleted between the two is told by neither, and its documents stay.
 */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

export interface SnapshotRecord {
  /** `<projection>:snapshots` */
  readonly _id: string;
  /** LSNs in bytes. */
  readonly lsns: readonly number[];
}

export function snapshotRecords(db: Db): Collection<SnapshotRecord> {
  return db.collection<SnapshotRecord>(FRESHNESS_COLLECTION);
}

export function snapshotsId(projection: string): string {
  return `${projection}:snapshots`;
}

export async function countSnapshots(db: Db, projection: string): Promise<number> {
  const record = await snapshotRecords(db).findOne({ _id: snapshotsId(projection) });
  return record?.lsns.length ?? 0;
}
