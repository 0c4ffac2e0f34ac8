/**
 * Before the swap, the documents that it will replace are copied within MongoDB, so that projectors go on feeding them for a while
 * (services/projector/kept-feed.ts). No snapshot is needed: each document knows the offset that it stands at, and all are followed
 * from a place that was in every one of them before the copy began.
 */
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import { definitionId, definitionRecords } from '../../services/shared/definition-record.ts';
import {
  deleteGroup,
  dropKept,
  forgetKept,
  keptId,
  keptRecords,
  readKept,
} from '../../services/shared/kept-documents.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { snapshotRecords, snapshotsId } from '../../services/shared/snapshot-record.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { projectorGroup } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { countTallies } from './count-tallies.ts';
import { gapOf } from './gap-record.ts';
import { committedIn } from './offsets.ts';
import { RebuildStoppedError } from './rebuild-error.ts';
import type { Servers } from '../servers.ts';
import { setGroupOffsets } from './set-group-offsets.ts';

const LEAVE_DEADLINE_MS = 60_000;

/** @param collection the live documents, or their copy. @throws RebuildStoppedError where what is there could not be fed. */
export async function requireKeepable(
  { db, admin }: Pick<Servers, 'db' | 'admin'>,
  { name, stream, topic }: Projection,
  collection: string,
): Promise<void> {
  const built = await definitionRecords(db).findOne({ _id: definitionId(name) });
  if (built === null) return;
  const why =
    (await whyMixed(db, collection, built.version)) ??
    (await whyIncomplete(db, stream, built.at)) ??
    (await whyLost(admin, topic, projectorGroup(name, built.version)));
  if (why !== null)
    throw new RebuildStoppedError(`nothing can be kept: ${why}. Without --keep-old the rebuild goes on`);
}

async function whyMixed(db: Db, collection: string, version: number): Promise<string | null> {
  const newer = { '_sync.projection': { $gt: version } };
  const found = await db.collection<StoredDocument>(collection).findOne(newer, { projection: { _sync: 1 } });
  if (found === null) return null;
  return `documents were saved by version ${found._sync.projection} already, and projectors of version ${version}, which built the others, cannot feed them`;
}

/** Going back to what lacks changes would be no way back. */
async function whyIncomplete(db: Db, stream: string, builtAt: Date): Promise<string | null> {
  const gap = await gapOf(db, stream);
  return gap === null || gap.last < builtAt ? null : `the documents lack changes of the stream: ${gap.why}`;
}

async function whyLost(admin: Admin, topic: string, group: string): Promise<string | null> {
  const { partitions } = await topicProgress(admin, topic, group);
  const lost = partitions.find(({ stored, low, end }) => (stored ?? 0) < low || (stored ?? 0) > end);
  return lost === undefined
    ? null
    : `the documents stand at ${lost.stored ?? 0} of partition ${lost.partition}, and ${topic} holds ${lost.low} to ${lost.end}`;
}

/** The returned function notes them as kept, at the moment of the swap. null: there is nothing to keep. */
export async function keepOld(
  servers: Servers,
  projection: Projection,
  { id, keepMs, signal }: { readonly id: string; readonly keepMs: number; readonly signal: AbortSignal },
): Promise<(() => Promise<void>) | null> {
  const { db, admin, kafka } = servers;
  const { name, resource, topic } = projection;
  await removeKept(db, admin, name, signal);
  const built = await definitionRecords(db).findOne({ _id: definitionId(name) });
  if (built === null) return null;
  const { _id, ...definition } = built;
  const live = projectorGroup(name, definition.version);
  const group = `${live}.kept-${id}`;
  const collection = `${keptPrefix(resource)}${id}`;
  const { partitions } = await topicProgress(admin, topic, live);
  await setGroupOffsets(kafka, group, topic, committedIn(partitions));
  const documents = db.collection<StoredDocument>(resource);
  await documents.aggregate([{ $out: collection }], { readConcern: { level: 'majority' } }).toArray();
  // The copy saw saves one by one, and the counts not at the same moment.
  await countTallies(projection, db.collection<StoredDocument>(collection));
  signal.throwIfAborted();
  const indexes = (await documents.indexes()).filter((each) => each.name !== '_id_');
  if (indexes.length > 0)
    await db.collection(collection).createIndexes(indexes.map(({ v: _v, ns: _ns, ...index }) => index));
  await requireKeepable(servers, projection, collection);
  const uuid = await uuidOf(db, collection);
  if (uuid === null) throw new RebuildStoppedError('the documents that were to be kept are gone');
  const snapshots = await snapshotRecords(db).findOne({ _id: snapshotsId(name) });
  return async () => {
    const record = { collection, uuid, group, definition, snapshots: snapshots?.lsns ?? [] };
    await keptRecords(db).updateOne(
      { _id: keptId(name) },
      [
        {
          $replaceWith: {
            $mergeObjects: [
              { _id: keptId(name), at: '$$NOW', until: { $add: ['$$NOW', keepMs] } },
              { $literal: record },
            ],
          },
        },
      ],
      { upsert: true, writeConcern: { w: 'majority' } },
    );
  };
}

/** What MongoDB itself calls the collection, whatever its name is; null: there is none. */
export async function uuidOf(db: Db, collection: string): Promise<string | null> {
  const [found] = await db.listCollections({ name: collection }, { nameOnly: false }).toArray();
  return found !== undefined && 'info' in found ? (found.info?.uuid?.toString('hex') ?? null) : null;
}

/** Ends the keeping of earlier ones. */
async function removeKept(db: Db, admin: Admin, projection: string, signal: AbortSignal): Promise<void> {
  const kept = await readKept(db, projection);
  if (kept === null) return;
  await forgetKept(db, kept);
  await waitFor('the projectors to let go of what was kept before', () => dropKept(db, admin, kept), {
    timeoutMs: LEAVE_DEADLINE_MS,
    intervalMs: 200,
    signal,
  });
}

/** What was to be kept by a rebuild that did not come to its swap, and what came late for those whose time is over. */
export async function removeUnnoted(db: Db, admin: Admin, { name, resource }: Projection): Promise<void> {
  const kept = await readKept(db, name);
  const { groups } = await admin.listGroups();
  const ours = new RegExp(`^readside\\.${name}\\.v\\d+\\.kept-`);
  for (const { groupId } of groups)
    if (ours.test(groupId) && groupId !== kept?.group) await deleteGroup(admin, groupId);
  const collections = await db.listCollections({}, { nameOnly: true }).toArray();
  for (const each of collections)
    if (each.name.startsWith(keptPrefix(resource)) && each.name !== kept?.collection)
      await db.collection(each.name).drop();
}

function keptPrefix(resource: string): string {
  return `${resource}_kept_`;
}
