/**
 * Makes the documents of a projection anew from the source, beside the live ones and under writers and readers, and swaps them in when they
 * are proven equal (docs/decisions/0013-rebuild-from-the-source.md). Until the swap nothing of the live side is touched but a stream
 * that had stopped. One that is stopped or killed leaves what it has copied, and the next one goes on with it (0021).
 */
import { randomBytes } from 'node:crypto';
import type { Db } from 'mongodb';
import { brokenStream } from '../../connectors/restart-stream.ts';
import type { TopicSettings } from '../../connectors/topics.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { countSource, requireView, sourceRanges } from '../../services/shared/verify/source-documents.ts';
import { verifyDocuments } from '../../services/shared/verify/verify-documents.ts';
import { beginRebuild, toOffsets, workplaceOf } from './begin.ts';
import type { Begun, Workplace } from './begin.ts';
import { copySource, openSnapshot } from './copy-source.ts';
import { followStream } from './follow-stream.ts';
import type { Follower } from './follow-stream.ts';
import { takeLease } from './lease.ts';
import { orderOfIds, snapshotOfEach } from './pieces.ts';
import { RebuildError } from './rebuild-error.ts';
import type { NotedPiece } from './rebuild-notes.ts';
import { streamPlaces, withConnections, withServers } from './servers.ts';
import type { ServerAddresses, Servers, StreamOptions } from './servers.ts';
import { swap } from './swap.ts';

export interface RebuildOptions extends ServerAddresses, StreamOptions {
  /** Of the topics, where they must be made again. */
  readonly topics: TopicSettings;
  /** Documents a second that are copied and compared, at most; Infinity: no bound. */
  readonly rate: number;
  /** Leaves what was copied before, and begins anew. */
  readonly fresh?: boolean;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RebuildProgress) => void;
  /** Hears what a person wants to know of, one line each. */
  readonly onNotice?: (text: string) => void;
}

export interface RebuildProgress {
  readonly stage: 'stream' | 'copy' | 'index' | 'follow' | 'verify' | 'swap';
  readonly done: number;
  /** null: not known, or nothing is counted. */
  readonly total: number | null;
}

export interface RebuildReport {
  readonly projection: string;
  /** Why the stream had to start anew; null when it went on. */
  readonly restarted: string | null;
  readonly topicsMade: readonly string[];
  readonly copied: number;
  /** Those of them that were there already: an earlier process had copied them. */
  readonly resumed: number;
  readonly verified: number;
  /** How long each stage took. */
  readonly seconds: Readonly<Record<RebuildProgress['stage'], number>>;
}

export interface RebuildPlan {
  readonly projection: string;
  /** Why the stream must start anew; null when it need not. */
  readonly restart: string | null;
  readonly topicsMissing: readonly string[];
  readonly documents: number;
  /** Documents that an earlier process has copied and this one would go on with, if it still can. */
  readonly resumed: number;
}

const DEFAULT_TOMBSTONE_SECONDS = 14 * 86_400;
/** Ranges of ids that are copied side by side. */
const RANGES = 2;
const WRONG_SHOWN = 5;

export async function rebuild(given: RebuildOptions): Promise<RebuildReport> {
  const { onProgress, secondsOf } = timeStages(given.onProgress);
  const options = { ...given, onProgress };
  const { projection, signal } = options;
  return withServers(options, async (servers) => {
    const { pool, db } = servers;
    const attempt = randomBytes(4).toString('hex');
    const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
    const lease = await takeLease(control, projection.name, attempt, signal, options.onNotice);
    const ended = AbortSignal.any([signal, lease.signal]);
    const place = workplaceOf(servers, projection);
    try {
      await requireView(pool, projection);
      const begun = await beginRebuild(servers, options, place, ended);
      const { record } = begun;
      const pieces = await copyPieces(options, begun, place, db, attempt, ended);
      const copied = countCopied(pieces);
      // Behind the copy: to build an index once is cheaper than to keep it while all documents come in.
      options.onProgress({ stage: 'index', done: 0, total: null });
      const named = { ...projection, resource: place.shadow };
      await prepareCollection(db, named, await tombstoneSeconds(db, projection));
      const follower = await followStream({
        ...servers,
        ...streamPlaces(options, pool),
        projection,
        shadow: db.collection<StoredDocument>(place.shadow),
        snapshotOf: snapshotOfEach(pieces, orderOfIds(projection)),
        inTopic: toOffsets(record.inTopic),
        group: place.group,
        logger: options.logger,
        signal: ended,
      });
      try {
        const snapshotLsn = Math.max(...pieces.map(({ lsn }) => lsn));
        options.onProgress({ stage: 'follow', done: 0, total: null });
        await follower.reached(snapshotLsn);
        const verified = await prove(options, servers, place, follower, copied, ended);
        options.onProgress({ stage: 'swap', done: 0, total: null });
        await swap({
          ...servers,
          projection,
          follower,
          group: place.group,
          lease,
          shadow: place.shadow,
          snapshotLsn,
          begun: record.begun,
          signal: ended,
        });
        const { restarted, topicsMade } = record;
        const resumed = countCopied(begun.pieces);
        const seconds = secondsOf();
        const report = {
          projection: projection.name,
          restarted,
          topicsMade,
          copied,
          resumed,
          verified,
          seconds,
        };
        await follower.stop();
        await place.clear();
        return report;
      } finally {
        await follower.stop();
      }
    } catch (error) {
      ended.throwIfAborted();
      // Going on would end the same way. Whatever else has stopped it passes, and what was copied is kept.
      if (error instanceof RebuildError) {
        await lease.renew(false);
        await place.clear();
      }
      throw error;
    } finally {
      if (!lease.signal.aborted) await lease.release();
    }
  });
}

/** Removes what a rebuild that was stopped or killed has left. Returns how many documents it had copied; null: there was none. */
export async function abandonRebuild(
  options: ServerAddresses & Pick<RebuildOptions, 'projection' | 'signal' | 'onNotice'>,
): Promise<number | null> {
  const { projection, signal, onNotice } = options;
  return withServers(options, async (servers) => {
    const control = servers.db.collection<RebuildControl>(FRESHNESS_COLLECTION);
    const id = randomBytes(4).toString('hex');
    const lease = await takeLease(control, projection.name, id, signal, onNotice);
    try {
      const place = workplaceOf(servers, projection);
      const found = await place.notes.read();
      const copied = countCopied(await place.notes.pieces());
      await place.clear();
      return found === null ? null : copied;
    } finally {
      await lease.release();
    }
  });
}

/** Notes when each stage begins; it ends when the next one does. */
function timeStages(tell: RebuildOptions['onProgress']): {
  readonly onProgress: RebuildOptions['onProgress'];
  readonly secondsOf: () => RebuildReport['seconds'];
} {
  const begun: Array<readonly [stage: RebuildProgress['stage'], at: number]> = [];
  return {
    onProgress(progress) {
      if (begun.at(-1)?.[0] !== progress.stage) begun.push([progress.stage, performance.now()]);
      tell(progress);
    },
    secondsOf() {
      const seconds = { stream: 0, copy: 0, index: 0, follow: 0, verify: 0, swap: 0 };
      for (const [at, [stage, began]] of begun.entries())
        seconds[stage] = ((begun[at + 1]?.[1] ?? performance.now()) - began) / 1000;
      return seconds;
    },
  };
}

/** What `rebuild` would do. Changes nothing. */
export async function planRebuild(options: RebuildOptions): Promise<RebuildPlan> {
  const { projection, fresh = false } = options;
  return withServers(options, async (servers) => {
    const { pool, admin } = servers;
    const existing = await admin.listTopics();
    const pieces = fresh ? [] : await workplaceOf(servers, projection).notes.pieces();
    return {
      projection: projection.name,
      restart: await brokenStream(streamPlaces(options, pool)),
      topicsMissing: [projection.topic].filter((topic) => !existing.includes(topic)),
      documents: await countSource(pool, projection),
      resumed: countCopied(pieces),
    };
  });
}

function countCopied(pieces: readonly NotedPiece[]): number {
  return pieces.reduce((sum, { copied }) => sum + copied, 0);
}

/** Copies what is not copied yet. Returns all pieces, those of earlier processes among them. */
async function copyPieces(
  { projection, sourceUrl, rate, onProgress, onNotice }: RebuildOptions,
  { record, pieces: before }: Begun,
  { notes, shadow }: Workplace,
  db: Db,
  attempt: string,
  signal: AbortSignal,
): Promise<readonly NotedPiece[]> {
  const already = countCopied(before);
  if (before.length > 0 && before.every(({ done }) => done)) {
    onNotice?.(`going on: all ${already} documents are copied`);
    return before;
  }
  await withConnections(sourceUrl, async (connect) => {
    const client = await connect();
    const snapshot = await openSnapshot(client, projection);
    const total = snapshot.documents;
    if (before.length > 0) {
      onNotice?.(`going on: ${already} of ${total} documents are copied`);
      await notes.takeOver(snapshot, attempt);
    } else await notes.addPieces(await sourceRanges(client, projection, RANGES, total), snapshot, attempt);
    onProgress({ stage: 'copy', done: already, total });
    await copySource({
      connect,
      snapshot,
      projection,
      shadow: db.collection<StoredDocument>(shadow),
      from: toOffsets(record.from),
      pieces: (await notes.pieces()).filter(({ done }) => !done),
      notes,
      attempt,
      rate,
      signal,
      onProgress: (done) => onProgress({ stage: 'copy', done: already + done, total }),
    });
    await client.query('commit');
  });
  return notes.pieces();
}

/** Returns how many documents were compared with SQL. @throws RebuildError when one is not what it says. */
async function prove(
  { projection, rate, onProgress }: RebuildOptions,
  { pool, db }: Servers,
  { shadow }: Workplace,
  follower: Follower,
  copied: number,
  signal: AbortSignal,
): Promise<number> {
  const { compared, wrong, undecided } = await verifyDocuments({
    pool,
    projection,
    documents: db.collection<StoredDocument>(shadow),
    scope: { kind: 'all' },
    reached: async (lsn) => {
      await follower.reached(lsn);
      return true;
    },
    signal,
    rate,
    onProgress: (done) => onProgress({ stage: 'verify', done, total: copied }),
  });
  const unequal = [...wrong.map((each) => each.id), ...undecided];
  if (unequal.length === 0) return compared;
  const shown = unequal.slice(0, WRONG_SHOWN).join(', ');
  throw new RebuildError(`${unequal.length} documents of the shadow are not what SQL says: ${shown}`);
}

/** As the projector has set it on the live documents. */
async function tombstoneSeconds(db: Db, { resource }: Projection): Promise<number> {
  const names = await db.listCollections({ name: resource }, { nameOnly: true }).toArray();
  if (names.length === 0) return DEFAULT_TOMBSTONE_SECONDS;
  const indexes = await db.collection(resource).indexes();
  return (
    indexes.find(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)?.expireAfterSeconds ??
    DEFAULT_TOMBSTONE_SECONDS
  );
}
