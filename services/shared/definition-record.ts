/**
 * The definition that the documents of a projection were built by, kept beside them. A projector writes it where there is none, and a rebuild
 * when it swaps: so a projector that runs another version can tell, and `readside plan` what is different.
 */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';
import type { Projection } from './projection/projection.ts';
import { shapeOf } from './projection/shape.ts';
import type { Shape } from './projection/shape.ts';

export interface DefinitionRecord {
  /** `<projection>:definition` */
  readonly _id: string;
  readonly version: number;
  /** JSON of a `Shape`: its names hold dots and brackets. */
  readonly shape: string;
  readonly at: Date;
  /** Partition → offset: documents made anew owe nothing to what lies before, and hold no tombstone of it. */
  readonly from?: Readonly<Record<string, number>>;
  /** The version that was rolled back from: its projectors stand aside until it is applied again. */
  readonly rolledBack?: number;
}

export function definitionId(projection: string): string {
  return `${projection}:definition`;
}

export function definitionRecords(db: Db): Collection<DefinitionRecord> {
  return db.collection<DefinitionRecord>(FRESHNESS_COLLECTION);
}

function recordOf({ version, definition }: Projection): Omit<DefinitionRecord, '_id'> {
  return { version, shape: JSON.stringify(shapeOf(definition)), at: new Date() };
}

/** null: nothing was built yet. */
export async function builtBy(
  db: Db,
  projection: string,
): Promise<{ readonly version: number; readonly shape: Shape; readonly at: Date } | null> {
  const record = await definitionRecords(db).findOne({ _id: definitionId(projection) });
  if (record === null) return null;
  return { version: record.version, shape: JSON.parse(record.shape) as Shape, at: record.at };
}

/** Where there is no record: what is there was built by this definition, or nothing is. */
export async function claimDefinition(db: Db, projection: Projection): Promise<void> {
  await definitionRecords(db).updateOne(
    { _id: definitionId(projection.name) },
    { $setOnInsert: recordOf(projection) },
    { upsert: true },
  );
}

/** The documents were made anew by this definition, and followed from there. */
export async function noteDefinition(
  db: Db,
  projection: Projection,
  from: Readonly<Record<string, number>>,
): Promise<void> {
  await definitionRecords(db).replaceOne(
    { _id: definitionId(projection.name) },
    { ...recordOf(projection), from },
    { upsert: true, writeConcern: { w: 'majority' } },
  );
}
