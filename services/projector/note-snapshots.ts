/** Notes which snapshots the changes of a batch were read in, before they are applied: more than one must be seen (health). */
import type { Db } from 'mongodb';
import { snapshotRecords, snapshotsId } from '../shared/snapshot-record.ts';
import type { DecodedBatch } from './apply-batch.ts';

export function createSnapshotNotes(
  db: Db,
  projection: string,
): (batch: Pick<DecodedBatch, 'changes'>) => Promise<void> {
  const noted = new Set<number>();
  return async ({ changes }) => {
    for (const { change } of changes) {
      if (change instanceof Error || !change.source.snapshot || change.source.lsn === null) continue;
      const { lsn } = change.source;
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
