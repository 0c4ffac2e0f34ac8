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

/** What the three records say that matters here. */
interface Found {
  readonly _id: string;
  readonly hold?: boolean;
  readonly version?: number;
  readonly rolledBack?: number;
  /** By the server's clock; a record that is no rebuild's is not. */
  readonly isAlive: boolean;
}

/** null: nothing; a rebuild counts while it is alive. */
export async function heldBy(
  db: Db,
  { name, version }: Pick<Projection, 'name' | 'version'>,
): Promise<HeldBy | null> {
  // By their ids alone, and judged here: asked several times a second, a filter with branches would cost ten times as much.
  const found = await db
    .collection<Found>(FRESHNESS_COLLECTION)
    .find(
      { _id: { $in: [controlId(name), definitionId(name), pauseId(name)] } },
      { projection: { hold: 1, version: 1, rolledBack: 1, isAlive: { $gt: ['$until', '$$NOW'] } } },
    )
    .toArray();
  const recordAt = (id: string): Found | undefined => found.find(({ _id }) => _id === id);
  const control = recordAt(controlId(name));
  const definition = recordAt(definitionId(name));
  if (control?.hold === true && control.isAlive) return 'rebuild';
  if (definition?.rolledBack === version) return 'rolled-back';
  if (definition?.version !== undefined && definition.version > version) return 'newer-version';
  return recordAt(pauseId(name)) === undefined ? null : 'pause';
}
