/**
 * The begin of a rebuild: one that was stopped or killed is gone on with where that is right, and otherwise all is begun anew. What it says in
 * the end is where the stream is followed from, for the documents that are copied and for those that will be.
 */
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import type { Pool } from 'pg';
import { brokenStream, restartStream } from '../../connectors/restart-stream.ts';
import { ensureTopics, settingsFor } from '../../connectors/topics.ts';
import { deleteGroup } from '../../services/shared/kept-documents.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';
import { gapOf, noteGap } from './gap-record.ts';
import { removeUnnoted } from './keep-old.ts';
import { offsetsAt, topicEnds } from './offsets.ts';
import type { OffsetsByPartition } from './offsets.ts';
import { orderOfIds } from './pieces.ts';
import { RebuildStoppedError } from './rebuild-error.ts';
import type { RebuildOptions } from './rebuild.ts';
import { createRebuildNotes } from './rebuild-notes.ts';
import type { NotedPiece, RebuildNotes, RebuildRecord } from './rebuild-notes.ts';
import { streamPlaces } from './servers.ts';
import type { Servers } from '../servers.ts';
import { setGroupOffsets } from './set-group-offsets.ts';

/** Where a rebuild of the projection works, and what it leaves when it is stopped. */
export interface Workplace {
  /** Name of the collection that it fills. */
  readonly shadow: string;
  /** Follows the stream for the shadow; what it has committed is in there. */
  readonly group: string;
  readonly notes: RebuildNotes;
  /** Removes all of it; a group that somebody is still in stays, and the next rebuild removes it. */
  clear(): Promise<void>;
}

export function workplaceOf({ db, admin }: Servers, projection: Projection): Workplace {
  const shadow = `${projection.resource}_rebuild`;
  const group = `${projection.group}.rebuild`;
  const notes = createRebuildNotes(db, projection.name);
  return {
    shadow,
    group,
    notes,
    async clear() {
      await notes.forget();
      await db.collection(shadow).drop();
      await deleteGroup(admin, group);
      await removeUnnoted(db, admin, projection);
    },
  };
}

export interface Begun {
  readonly record: Omit<RebuildRecord, '_id'>;
  /** What was copied before this process began; empty where all is begun anew. */
  readonly pieces: readonly NotedPiece[];
  /** Whether it goes on where another process had come. */
  readonly isResumed: boolean;
}

/**
 * A transaction can be in the topic a moment before Postgres' snapshots see it as ended. So the stream is followed from well before the
 * snapshot; what the snapshot does see is told apart by its transaction.
 */
const LOOK_BACK_MS = 60_000;

export async function beginRebuild(
  servers: Servers,
  options: RebuildOptions,
  place: Workplace,
  signal: AbortSignal,
): Promise<Begun> {
  const { pool, db, admin, kafka } = servers;
  const { projection, origin = 'source', fresh = false, onNotice } = options;
  await place.notes.endOthers();
  const topicsMade = await ensureTopics(
    admin,
    projection.stream,
    settingsFor(projection.captured, options.topics),
  );
  options.onProgress({ stage: 'stream', done: 0, total: null });
  if (origin === 'changelog') await requireChangelog(servers, options);
  const restarted = await restartStream({ ...streamPlaces(options, pool), signal });
  if (restarted !== null || topicsMade.includes(projection.topic))
    await noteGap(db, projection, restarted ?? 'the topic was made anew');

  const found = fresh ? null : await place.notes.read();
  const pieces = found === null ? [] : await place.notes.pieces();
  if (found !== null && (found.origin === 'changelog' || pieces.length > 0)) {
    const why =
      restarted ??
      whyOther(found, options) ??
      whyUnordered(projection, pieces) ??
      (await whyLost(db, admin, projection, place));
    if (why === null) return { record: found, pieces, isResumed: true };
    onNotice?.(`what was made before is of no use: ${why}; beginning anew`);
  }
  await place.clear();
  const inTopic = await topicEnds(admin, projection.topic);
  const from =
    origin === 'source'
      ? await startingOffsets(admin, pool, projection)
      : new Map([...inTopic.keys()].map((partition) => [partition, 0]));
  await setGroupOffsets(kafka, place.group, projection.topic, from);
  const record = {
    origin,
    version: projection.version,
    shape: JSON.stringify(shapeOf(projection.definition)),
    begun: new Date(),
    from: Object.fromEntries(from),
    // What cannot be applied nothing else brings, where all comes from the topic.
    inTopic: origin === 'source' ? Object.fromEntries(await topicEnds(admin, projection.topic)) : {},
    restarted,
    topicsMade,
  };
  await place.notes.begin(record);
  await db.createCollection(place.shadow);
  return { record, pieces: [], isResumed: false };
}

/** The topic holds every change that there ever was. @throws RebuildStoppedError with the reason when it does not. */
async function requireChangelog(servers: Servers, options: RebuildOptions): Promise<void> {
  const why = await whyNoChangelog(servers, options);
  if (why !== null)
    throw new RebuildStoppedError(
      `it cannot be made from the changelog: ${why}. Without --from it is copied from the source`,
    );
}

/** null: as far as can be told, it does; the comparison with SQL is the proof. */
export async function whyNoChangelog(
  { pool, db, admin }: Servers,
  options: RebuildOptions,
): Promise<string | null> {
  const { topic, stream } = options.projection;
  const broken = await brokenStream(streamPlaces(options, pool));
  if (broken !== null) return broken;
  const gap = await gapOf(db, stream);
  if (gap !== null) return `the stream has a gap since ${gap.at.toISOString()}: ${gap.why}`;
  const offsets = (await admin.listTopics()).includes(topic) ? await admin.fetchTopicOffsets(topic) : [];
  if (offsets.length === 0) return `there is no topic ${topic}`;
  const cut = offsets.find(({ low }) => Number(low) > 0);
  return cut === undefined
    ? null
    : `partition ${cut.partition} of ${topic} begins at ${cut.low}, and not at 0`;
}

function whyOther(
  { origin: before, version, shape }: RebuildRecord,
  { projection, origin = 'source' }: RebuildOptions,
): string | null {
  if (before !== origin) return `it is from the ${before}`;
  if (version === projection.version && shape === JSON.stringify(shapeOf(projection.definition))) return null;
  return `it is of ${version === projection.version ? 'another definition' : `version ${version}`}`;
}

function whyUnordered(projection: Projection, pieces: readonly NotedPiece[]): string | null {
  const isOrdered = ({ table, done }: NotedPiece): boolean => {
    const viewed = table === null ? projection : projection.references?.tables.get(table);
    return done || (viewed !== undefined && orderOfIds(viewed) !== null);
  };
  if (pieces.every(isOrdered)) return null;
  return 'ids are texts, and where it ended only Postgres could say of each';
}

/** The group's offsets went with the topic, where somebody has deleted that: a topic made anew counts from 0. */
async function whyLost(
  db: Db,
  admin: Admin,
  { topic }: Projection,
  { shadow, group }: Workplace,
): Promise<string | null> {
  if ((await db.listCollections({ name: shadow }, { nameOnly: true }).toArray()).length === 0)
    return 'its documents are gone';
  const { partitions } = await topicProgress(admin, topic, group);
  if (partitions.some(({ stored }) => stored === null)) return 'Kafka does not know its place any more';
  if (partitions.some(({ stored, low, end }) => stored === null || stored < low || stored > end))
    return `the topic ${topic} does not hold its place any more`;
  return null;
}

/** Before these, every change in the topic is of a transaction that has ended for whatever snapshot is taken from now on. */
async function startingOffsets(admin: Admin, pool: Pool, { topic }: Projection): Promise<OffsetsByPartition> {
  const { rows } = await pool.query<{ since: Date }>(
    'select least(now(), min(xact_start)) as since from pg_stat_activity where backend_xid is not null',
  );
  const since = (rows[0]?.since ?? new Date()).getTime() - LOOK_BACK_MS;
  const ends = await topicEnds(admin, topic);
  const byTime = await offsetsAt(admin, topic, since);
  return new Map([...ends].map(([partition, end]) => [partition, Math.min(end, byTime.get(partition) ?? 0)]));
}
