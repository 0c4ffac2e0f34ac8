/** Whether all that was committed in Postgres before a position is in the documents: by the slot, and then by the group's offsets. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Pool } from 'pg';
import type { Projection } from '../projection/projection.ts';
import { slotName } from '../stream-names.ts';
import { sourceProgress } from './source-progress.ts';
import { topicProgress } from './topic-progress.ts';

export interface ReachPlaces {
  readonly pool: Pool;
  readonly admin: Admin;
  readonly projection: Pick<Projection, 'stream' | 'topic'>;
  readonly group: string;
}

/** No waiting helps: what lies between is not carried to Kafka by this slot. */
export class SlotGoneError extends Error {
  override readonly name = 'SlotGoneError';
}

/** The returned question is to be repeated until it says so: what it has found stays found. @throws SlotGoneError */
export function createReach(
  { pool, admin, projection, group }: ReachPlaces,
  lsn: number,
): () => Promise<boolean> {
  let ends: ReadonlyMap<number, number> | null = null;
  return async () => {
    if (ends === null) {
      const { slot } = await sourceProgress(pool, slotName(projection.stream));
      if (slot === null || slot.walStatus === 'lost') throw new SlotGoneError('the slot was lost');
      if (slot.confirmedLsn < lsn) return false;
      const offsets = await admin.fetchTopicOffsets(projection.topic);
      ends = new Map(offsets.map(({ partition, high }) => [partition, Number(high)]));
    }
    const known = ends;
    const { partitions } = await topicProgress(admin, projection.topic, group);
    return partitions.every(({ partition, committed }) => committed >= (known.get(partition) ?? 0));
  };
}

const POLL_MS = 50;

/** Asks until it is so; false: not within `waitMs`, or never. @throws what the servers' failures and `signal` give. */
export async function reachWithin(
  places: ReachPlaces,
  lsn: number,
  waitMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  const isReached = createReach(places, lsn);
  const deadline = performance.now() + waitMs;
  try {
    while (!(await isReached())) {
      if (performance.now() >= deadline) return false;
      await sleep(POLL_MS, undefined, { signal });
    }
    return true;
  } catch (error) {
    if (error instanceof SlotGoneError) return false;
    throw error;
  }
}
