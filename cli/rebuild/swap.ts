/**
 * Puts the shadow in the place of the live documents, while no projector works on them: readers see the one or the other, and the other is
 * nowhere behind the one.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { Db } from 'mongodb';
import type { Pool } from 'pg';
import { positionId } from '../../services/projector/position-record.ts';
import type { PositionRecord } from '../../services/projector/position-record.ts';
import { unkeyedBefore, unkeyedRecords } from '../../services/shared/dead-letters/unkeyed.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { noteDefinition } from '../../services/shared/definition-record.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { snapshotRecords, snapshotsId } from '../../services/shared/snapshot-record.ts';
import { sourceMoment } from '../../services/shared/verify/source-documents.ts';
import { waitFor } from '../../stack/wait.ts';
import type { Follower } from './follow-stream.ts';
import { setGroupOffsets } from './set-group-offsets.ts';
import type { Lease } from './lease.ts';

export interface SwapOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly db: Db;
  readonly pool: Pool;
  readonly projection: Projection;
  readonly shadow: string;
  /** Position of the snapshot that it was copied in: from now on the only one in the documents. */
  readonly snapshotLsn: number;
  /** When the rebuild began, before that snapshot. */
  readonly begun: Date;
  readonly follower: Follower;
  /** The follower's, whose positions the projectors go on from. */
  readonly group: string;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

const LEAVE_DEADLINE_MS = 60_000;
const POLL_MS = 100;

export async function swap(options: SwapOptions): Promise<void> {
  const { kafka, admin, db, pool, projection, shadow, snapshotLsn, begun, follower, group, lease, signal } =
    options;
  await lease.renew(true);
  try {
    await waitFor(
      `the projectors of ${projection.name} to stand aside`,
      async () => {
        const groups = await groupsOfAllVersions(admin, projection);
        return groups.every(({ members }) => members.length === 0);
      },
      { timeoutMs: LEAVE_DEADLINE_MS, intervalMs: POLL_MS, signal },
    );
    // What the projectors have applied is in the topic, and so will be in the shadow.
    const { lsn } = await sourceMoment(pool);
    await follower.reached(lsn);
    await follower.stop();
    const { partitions } = await topicProgress(admin, projection.topic, group);
    signal.throwIfAborted();
    await lease.renew(true);
    await db.renameCollection(shadow, projection.resource, {
      dropTarget: true,
      writeConcern: { w: 'majority' },
    });
    await snapshotRecords(db).updateOne(
      { _id: snapshotsId(projection.name) },
      { $set: { lsns: [snapshotLsn] } },
      { upsert: true, writeConcern: { w: 'majority' } },
    );
    await unkeyedRecords(db).deleteMany(unkeyedBefore(projection.name, begun));
    const reached = new Map(partitions.map(({ partition, committed }) => [partition, committed]));
    await setGroupOffsets(kafka, projection.group, projection.topic, reached);
    // Where the projector stood in a topic that is no more: the documents do not stand there any longer.
    await db.collection<PositionRecord>(FRESHNESS_COLLECTION).deleteOne({ _id: positionId(projection) });
    await noteDefinition(db, projection);
  } finally {
    // Lost: then the hold has ended by itself.
    if (!lease.signal.aborted) await lease.renew(false);
  }
}

/** While a new version comes and the old one goes, projectors of both work on the same documents. */
async function groupsOfAllVersions(admin: Admin, { name, group }: Projection) {
  const { groups } = await admin.listGroups();
  const ours = new RegExp(`^readside\\.${name}\\.v\\d+$`);
  const ids = groups.map(({ groupId }) => groupId).filter((id) => ours.test(id) || id === group);
  return ids.length === 0 ? [] : (await admin.describeGroups(ids)).groups;
}
