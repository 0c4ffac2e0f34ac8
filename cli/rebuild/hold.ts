/** Something is done to the live documents, or to the place of their projectors, while none of these works. */
import type { Admin, Kafka } from 'kafkajs';
import type { Db } from 'mongodb';
import { positionId } from '../../services/projector/position-record.ts';
import type { PositionRecord } from '../../services/projector/position-record.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { waitFor } from '../../stack/wait.ts';
import type { Lease } from './lease.ts';
import { setGroupOffsets } from './set-group-offsets.ts';

const LEAVE_DEADLINE_MS = 60_000;
const POLL_MS = 50;

export interface HoldOptions {
  readonly admin: Admin;
  readonly projection: Pick<Projection, 'name' | 'group'>;
  readonly lease: Lease;
  readonly signal: AbortSignal;
}

/** Asks the projectors of every version to stand aside, and does it when they have. They go on afterwards, however it ends. */
export async function whileHeld<T>(
  { admin, projection, lease, signal }: HoldOptions,
  work: () => Promise<T>,
): Promise<T> {
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
    return await work();
  } finally {
    // Lost: then the hold has ended by itself.
    if (!lease.signal.aborted) await lease.renew(false);
  }
}

/** Where the projectors of this version go on when they are let go. What they knew of their place is void. */
export async function goOnFrom(
  { db, kafka }: { readonly db: Db; readonly kafka: Kafka },
  { name, version, topic, group }: Pick<Projection, 'name' | 'version' | 'topic' | 'group'>,
  offsets: ReadonlyMap<number, number>,
): Promise<void> {
  await setGroupOffsets(kafka, group, topic, offsets);
  // Where the projector stood in a topic that is no more: the documents do not stand there any longer.
  await db.collection<PositionRecord>(FRESHNESS_COLLECTION).deleteOne({ _id: positionId({ name, version }) });
}

/** While a new version comes and the old one goes, projectors of both work on the same documents. */
async function groupsOfAllVersions(admin: Admin, { name, group }: HoldOptions['projection']) {
  const { groups } = await admin.listGroups();
  const ours = new RegExp(`^readside\\.${name}\\.v\\d+$`);
  const ids = groups.map(({ groupId }) => groupId).filter((id) => ours.test(id) || id === group);
  return ids.length === 0 ? [] : (await admin.describeGroups(ids)).groups;
}
