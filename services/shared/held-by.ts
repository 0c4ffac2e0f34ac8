/** What the projectors of a projection stand aside for, by records beside the documents. */
import type { Collection, Db } from 'mongodb';
import { definitionId } from './definition-record.ts';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';
import type { Projection } from './projection/projection.ts';
import { controlId } from './rebuild-control.ts';

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

/**
 * What the projectors stand aside for. newer-version: the documents were built by a newer version of the projection, and one that this
 * version would make lacks what that one knows.
 */
export type HeldBy = 'rebuild' | 'newer-version' | 'pause';

/** null: nothing; a rebuild counts while it is alive. */
export async function heldBy(
  db: Db,
  { name, version }: Pick<Projection, 'name' | 'version'>,
): Promise<HeldBy | null> {
  const reasons = [
    ['rebuild', { _id: controlId(name), hold: true, $expr: { $gt: ['$until', '$$NOW'] } }],
    ['newer-version', { _id: definitionId(name), version: { $gt: version } }],
    ['pause', { _id: pauseId(name) }],
  ] as const;
  const found = await db
    .collection<{ readonly _id: string }>(FRESHNESS_COLLECTION)
    .find({ $or: reasons.map(([, filter]) => filter) }, { projection: { _id: 1 } })
    .toArray();
  const ids = new Set(found.map(({ _id }) => _id));
  return reasons.find(([, { _id }]) => ids.has(_id))?.[0] ?? null;
}
