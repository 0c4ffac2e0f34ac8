/**
 * Puts the shadow in the place of the live documents, while no projector works on them: readers see the one or the other, and the other is
 * nowhere behind the one.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { Db } from 'mongodb';
import type { Pool } from 'pg';
import { unkeyedBefore, unkeyedRecords } from '../../services/shared/dead-letters/unkeyed.ts';
import { noteDefinition } from '../../services/shared/definition-record.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { replaceSnapshots } from '../../services/shared/snapshot-record.ts';
import { sourceMoment } from '../../services/shared/verify/source-documents.ts';
import type { Follower } from './follow-stream.ts';
import { goOnFrom, whileHeld } from './hold.ts';
import { committedIn } from './offsets.ts';
import type { Lease } from './lease.ts';
import type { RebuildRecord } from './rebuild-notes.ts';

export interface SwapOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly db: Db;
  readonly pool: Pool;
  readonly projection: Projection;
  readonly shadow: string;
  /** Position of the snapshot that it was copied in: from now on the only one in the documents. null: they are those of the stream. */
  readonly snapshotLsn: number | null;
  readonly record: Pick<RebuildRecord, 'begun' | 'from'>;
  readonly follower: Follower;
  /** The follower's, whose positions the projectors go on from. */
  readonly group: string;
  /** Notes the live documents' copy as kept; null: there is none. */
  readonly noteKept: (() => Promise<void>) | null;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

export async function swap(options: SwapOptions): Promise<void> {
  const { admin, db, pool, projection, shadow, snapshotLsn, record, follower, group, lease, signal } =
    options;
  await whileHeld(options, async () => {
    // What the projectors have applied is in the topic, and so will be in the shadow.
    const { lsn } = await sourceMoment(pool);
    await follower.reached(lsn);
    await follower.stop();
    const { partitions } = await topicProgress(admin, projection.topic, group);
    signal.throwIfAborted();
    await options.noteKept?.();
    await lease.renew(true);
    await db.renameCollection(shadow, projection.resource, {
      dropTarget: true,
      writeConcern: { w: 'majority' },
    });
    if (snapshotLsn !== null) await replaceSnapshots(db, projection.name, [snapshotLsn]);
    await unkeyedRecords(db).deleteMany(unkeyedBefore(projection.name, record.begun));
    await goOnFrom(options, projection, committedIn(partitions));
    await noteDefinition(db, projection, record.from);
  });
}
