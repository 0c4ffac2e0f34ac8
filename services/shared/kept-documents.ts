/**
 * The documents that a rebuild has replaced, kept beside the live ones and fed like them for a while, so that `readside rollback` can put them
 * back at once. They have a collection and a consumer group of their own, whose names nothing else ever has: whoever comes late with a
 * save for earlier ones harms nobody.
 */
import type { Admin } from 'kafkajs';
import type { Collection, Db } from 'mongodb';
import type { DefinitionRecord } from './definition-record.ts';
import { FRESHNESS_COLLECTION } from './freshness-record.ts';

export interface KeptRecord {
  /** `<projection>:kept` */
  readonly _id: string;
  readonly at: Date;
  /** They are fed until then, by MongoDB's clock. */
  readonly until: Date;
  readonly collection: string;
  /** MongoDB's own id of the collection: it tells what has been renamed from what has been made anew. */
  readonly uuid: string;
  readonly group: string;
  /** That they were built by: projectors of its version feed them. */
  readonly definition: Omit<DefinitionRecord, '_id'>;
  /** WAL positions of the snapshots whose rows are in them. */
  readonly snapshots: readonly number[];
  /** A rollback is putting them back, and the projectors go on from here: partition → offset. */
  readonly reached?: Readonly<Record<string, number>>;
}

export interface Kept extends KeptRecord {
  /** Their time is over. */
  readonly over: boolean;
}

export function keptId(projection: string): string {
  return `${projection}:kept`;
}

export function keptRecords(db: Db): Collection<KeptRecord> {
  return db.collection<KeptRecord>(FRESHNESS_COLLECTION);
}

/** Of the record in which it is noted how far they were fed (services/projector/position-record.ts). */
export function keptPositionId({ _id, collection }: Pick<KeptRecord, '_id' | 'collection'>): string {
  return `${_id}:position:${collection}`;
}

/** null: none are kept. */
export async function readKept(db: Db, projection: string): Promise<Kept | null> {
  const [kept] = await keptRecords(db)
    .aggregate<Kept>([
      { $match: { _id: keptId(projection) } },
      { $set: { over: { $lte: ['$until', '$$NOW'] } } },
    ])
    .toArray();
  return kept ?? null;
}

/** Whoever feeds them sees it, and leaves the group. */
export async function forgetKept(db: Db, { _id, collection }: KeptRecord): Promise<void> {
  await keptRecords(db).deleteOne({ _id, collection }, { writeConcern: { w: 'majority' } });
}

/** Removes documents, group and record. False: somebody feeds them still, and nothing was done. */
export async function dropKept(db: Db, admin: Admin, kept: KeptRecord): Promise<boolean> {
  if (!(await deleteGroup(admin, kept.group))) return false;
  await db.collection(kept.collection).drop();
  await keptRecords(db).deleteOne({ _id: keptPositionId(kept) });
  await forgetKept(db, kept);
  return true;
}

/** False: it has members. */
export async function deleteGroup(admin: Admin, groupId: string): Promise<boolean> {
  const { groups } = await admin.listGroups();
  if (!groups.some((each) => each.groupId === groupId)) return true;
  const described = await admin.describeGroups([groupId]);
  if (described.groups.some(({ members }) => members.length > 0)) return false;
  await admin.deleteGroups([groupId]);
  return true;
}
