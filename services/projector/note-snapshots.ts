/** Notes which snapshots the changes of a batch were read in, before they are applied: more than one must be seen (health). */
import type { Db } from 'mongodb';
import { snapshotRecords, snapshotsId } from '../shared/snapshot-record.ts';

/** Takes the WAL positions that snapshots were read at. */
export type NoteSnapshots = (lsns: Iterable<number>) => Promise<void>;

export function createSnapshotNotes(db: Db, projection: string): NoteSnapshots {
  const noted = new Set<number>();
  return async (lsns) => {
    for (const lsn of lsns) {
      if (noted.has(lsn)) continue;
      await snapshotRecords(db).updateOne(
        { _id: snapshotsId(projection) },
        { $addToSet: { lsns: lsn } },
        { upsert: true, writeConcern: { w: 'majority' } },
      );
      noted.add(lsn);
    }
  };
}
