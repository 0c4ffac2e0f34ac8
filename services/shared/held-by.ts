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
 * version would make lacks what that one knows. rolled-back: the documents are those of before this version was applied, and what it
 * would save of them the older one would leave alone.
 */
export type HeldBy = 'rebuild' | 'newer-version' | 'rolled-back' | 'pause';

/** null: nothing; a rebuild counts while it is alive. */
export async function heldBy(
  db: Db,
  { name, version }: Pick<Projection, 'name' | 'version'>,
): Promise<HeldBy | null> {
  const reasons = [
    ['rebuild', { _id: controlId(name), hold: true, $expr: { $gt: ['$until', '$$NOW'] } }],
    ['newer-version', { _id: definitionId(name), version: { $gt: version } }],
    ['rolled-back', { _id: definitionId(name), rolledBack: version }],
    ['pause', { _id: pauseId(name) }],
  ] as const;
  const found = await db
    .collection<{ readonly _id: string; readonly rolledBack?: number }>(FRESHNESS_COLLECTION)
    .find({ $or: reasons.map(([, filter]) => filter) }, { projection: { _id: 1, rolledBack: 1 } })
    .toArray();
  const records = new Map(found.map((each) => [each._id, each]));
  // Two of them are told by the same record.
  const holds = ([reason, { _id }]: (typeof reasons)[number]): boolean =>
    records.has(_id) && (reason !== 'newer-version' || records.get(_id)?.rolledBack !== version);
  return reasons.find(holds)?.[0] ?? null;
}
