/** That the stream has missed changes, or has lost some, for good: from then on its topic is not the whole story of any document. */
import type { Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';

interface GapRecord {
  /** `<stream>:gap` */
  readonly _id: string;
  /** Of the first, and of the last. */
  readonly at: Date;
  readonly last: Date;
  /** Of the last. */
  readonly why: string;
}

const records = (db: Db): Collection<GapRecord> => db.collection<GapRecord>(FRESHNESS_COLLECTION);

export function gapId(stream: string): string {
  return `${stream}:gap`;
}

export async function noteGap(db: Db, { stream }: Projection, why: string): Promise<void> {
  const at = new Date();
  await records(db).updateOne(
    { _id: gapId(stream) },
    { $setOnInsert: { at }, $set: { last: at, why } },
    { upsert: true, writeConcern: { w: 'majority' } },
  );
}

export function gapOf(db: Db, stream: string): Promise<GapRecord | null> {
  return records(db).findOne({ _id: gapId(stream) });
}
