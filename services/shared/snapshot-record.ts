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

/** The documents hold rows of these and of no others from now on: they were made anew. */
export async function replaceSnapshots(db: Db, projection: string, lsns: readonly number[]): Promise<void> {
  await snapshotRecords(db).updateOne(
    { _id: snapshotsId(projection) },
    { $set: { lsns } },
    { upsert: true, writeConcern: { w: 'majority' } },
  );
}

export async function countSnapshots(db: Db, projection: string): Promise<number> {
  const record = await snapshotRecords(db).findOne({ _id: snapshotsId(projection) });
  return record?.lsns.length ?? 0;
}
