/**
 * The record by which a rebuild is the only one of its projection, and by which it holds the projectors for the moment of the swap. It is a
 * lease by MongoDB's own clock: when the rebuild is killed it ends by itself, and the projectors go on. And the record of a pause.
 */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

export interface RebuildControl {
  /** `<projection>:control` */
  readonly _id: string;
  /** Id of the rebuild that holds the lease. */
  readonly rebuild: string;
  /** Whether the projectors are to let go of their partitions. */
  readonly hold: boolean;
  readonly until: Date;
}

export const LEASE_MS = 15_000;

export function controlId(projection: string): string {
  return `${projection}:control`;
}

/** Somebody wants the projectors to stand aside until they say otherwise. */
export interface PauseRecord {
  /** `<projection>:pause` */
  readonly _id: string;
  readonly at: Date;
  /** As the system knows whoever did it. */
  readonly by?: string;
}

export function pauseRecords(db: Db): Collection<PauseRecord> {
  return db.collection<PauseRecord>(FRESHNESS_COLLECTION);
}

export function pauseId(projection: string): string {
  return `${projection}:pause`;
}

/** What the projectors stand aside for. */
export type HeldBy = 'rebuild' | 'pause';

/** null: nothing; a rebuild counts while it is alive. */
export async function heldBy(db: Db, projection: string): Promise<HeldBy | null> {
  const rebuild = { _id: controlId(projection), hold: true, $expr: { $gt: ['$until', '$$NOW'] } };
  const found = await db
    .collection<RebuildControl | PauseRecord>(FRESHNESS_COLLECTION)
    .find({ $or: [rebuild, { _id: pauseId(projection) }] }, { projection: { _id: 1 } })
    .toArray();
  if (found.some(({ _id }) => _id === controlId(projection))) return 'rebuild';
  return found.length > 0 ? 'pause' : null;
}
