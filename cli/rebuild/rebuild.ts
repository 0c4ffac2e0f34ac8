/**
 * Makes the documents of a projection anew from the source, beside the live ones and under writers and readers, and swaps them in when they
 * are proven equal (docs/decisions/0013-rebuild-from-the-source.md). Until the swap nothing of the live side is touched but a stream
 * that had stopped. One that is stopped or killed leaves what it has copied, and the next one goes on with it (0021).
 */
import type { Db } from 'mongodb';
import type { TopicSettings } from '../../connectors/topics.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { RebuildProgress, RebuildStage } from '../../services/shared/rebuild-control.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { requireView, sourceMoment } from '../../services/shared/verify/source-documents.ts';
import { verifyDocuments } from '../../services/shared/verify/verify-documents.ts';
import type { Scope } from '../../services/shared/verify/verify-documents.ts';
import { audited } from '../audit.ts';
import { beginRebuild, workplaceOf } from './begin.ts';
import type { Workplace } from './begin.ts';
import { copyPieces, countCopied } from './copy-pieces.ts';
import { countTallies, requireRightCounts } from './count-tallies.ts';
import { followStream } from './follow-stream.ts';
import type { Follower } from './follow-stream.ts';
import { keepOld, requireKeepable } from './keep-old.ts';
import { withLease } from './lease.ts';
import type { Leased } from './lease.ts';
import { toOffsets } from './offsets.ts';
import { snapshotOfAll } from './pieces.ts';
import { RebuildError } from './rebuild-error.ts';
import { streamPlaces, withRebuildServers } from './servers.ts';
import type { RebuildServers, StreamOptions } from './servers.ts';
import type { Servers } from '../servers.ts';
import { swap } from './swap.ts';

export interface RebuildOptions extends RebuildServers, StreamOptions {
  /** Of the topics, where they must be made again. */
  readonly topics: TopicSettings;
  /** Documents a second that are copied and compared, at most; Infinity: no bound. */
  readonly rate: number;
  /** Whether the documents are copied from the source, or made of every change that there was; the source, where it is left out. */
  readonly origin?: 'source' | 'changelog';
  /** Leaves what was copied before, and begins anew. */
  readonly fresh?: boolean;
  /** The documents that are replaced are kept and fed for so long; 0: not at all. */
  readonly keepMs?: number;
  /** Which documents of the shadow are compared with SQL before they are swapped in: all, where it is left out. */
  readonly verify?: Scope;
  /** As the system knows whoever asked for it. */
  readonly by?: string | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RebuildProgress) => void;
  /** Hears what a person wants to know of, one line each. */
  readonly onNotice?: (text: string) => void;
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
  /** Whether the documents that were replaced are kept. */
  readonly kept: boolean;
  /** How long each stage took. */
  readonly seconds: Readonly<Record<RebuildStage, number>>;
}

const DEFAULT_TOMBSTONE_SECONDS = 14 * 86_400;
const WRONG_SHOWN = 5;

export async function rebuild(given: RebuildOptions): Promise<RebuildReport> {
  const { onProgress, secondsOf } = timeStages(given.onProgress);
  const { projection, signal, onNotice } = given;
  return withRebuildServers(given, async (servers) => {
    const place = workplaceOf(servers, projection);
    const leasing = { db: servers.db, projection: projection.name, signal, onNotice };
    return withLease(leasing, async (leased) => {
      const options: RebuildOptions = {
        ...given,
        onProgress: (progress) => {
          leased.lease.tell(progress);
          onProgress(progress);
        },
      };
      try {
        return await audited(
          servers.db,
          projection.name,
          { act: 'rebuild', by: given.by },
          () => makeAnew(options, servers, place, leased, secondsOf),
          ({ copied, verified }) =>
            `version ${projection.version}: ${copied} documents copied, ${verified} compared with SQL, swapped in`,
        );
      } catch (error) {
        leased.ended.throwIfAborted();
        // Going on would end the same way. Whatever else has stopped it passes, and what was copied is kept.
        if (error instanceof RebuildError) {
          await leased.lease.renew(false);
          await place.clear();
        }
        throw error;
      }
    });
  });
}

/** From the begin, or from where an earlier one was stopped, to the swap. */
async function makeAnew(
  options: RebuildOptions,
  servers: Servers,
  place: Workplace,
  { lease, id: attempt, ended }: Leased,
  secondsOf: () => RebuildReport['seconds'],
): Promise<RebuildReport> {
  const { pool, db, admin } = servers;
  const { projection, keepMs = 0 } = options;
  await requireView(pool, projection);
  const begun = await beginRebuild(servers, options, place, ended);
  if (keepMs > 0) await requireKeepable(servers, projection, projection.resource);
  const { record } = begun;
  const isCopied = record.origin === 'source';
  const pieces = isCopied ? await copyPieces(options, begun, place, db, attempt, ended) : [];
  if (begun.isResumed && !isCopied) options.onNotice?.('going on where it was in the changelog');
  const copied = countCopied(pieces);
  // Behind the copy: to build an index once is cheaper than to keep it while all documents come in.
  options.onProgress({ stage: 'index', done: 0, total: null });
  const shadow = db.collection<StoredDocument>(place.shadow);
  await countTallies(projection, shadow);
  const named = { ...projection, resource: place.shadow };
  await prepareCollection(db, named, await tombstoneSeconds(db, projection));
  const { lagEvents: waiting } = await topicProgress(admin, projection.topic, place.group);
  let isFollowing = true;
  options.onProgress({ stage: 'follow', done: 0, total: waiting });
  const follower = await followStream({
    ...servers,
    ...streamPlaces(options, pool),
    projection,
    shadow,
    snapshotOf: isCopied ? snapshotOfAll(pieces, projection) : null,
    inTopic: toOffsets(record.inTopic),
    group: place.group,
    logger: options.logger,
    signal: ended,
    onProgress: (done) => {
      if (isFollowing) options.onProgress({ stage: 'follow', done, total: waiting });
    },
  });
  try {
    const snapshotLsn = isCopied ? Math.max(...pieces.map(({ lsn }) => lsn)) : null;
    await follower.reached(snapshotLsn ?? (await sourceMoment(pool)).lsn);
    isFollowing = false;
    const verified = await prove(options, servers, place, follower, copied, ended);
    let noteKept: (() => Promise<void>) | null = null;
    if (keepMs > 0) {
      options.onProgress({ stage: 'keep', done: 0, total: null });
      noteKept = await keepOld(servers, projection, { id: attempt, keepMs, signal: ended });
    }
    await requireRightCounts(projection, shadow);
    options.onProgress({ stage: 'swap', done: 0, total: null });
    await swap({
      ...servers,
      projection,
      follower,
      group: place.group,
      lease,
      shadow: place.shadow,
      snapshotLsn,
      record,
      noteKept,
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
      kept: noteKept !== null,
      seconds,
    };
    await follower.stop();
    await place.clear();
    return report;
  } finally {
    await follower.stop();
  }
}

/** Notes when each stage begins; it ends when the next one does. */
function timeStages(tell: RebuildOptions['onProgress']): {
  readonly onProgress: RebuildOptions['onProgress'];
  readonly secondsOf: () => RebuildReport['seconds'];
} {
  const begun: Array<readonly [stage: RebuildStage, at: number]> = [];
  return {
    onProgress(progress) {
      if (begun.at(-1)?.[0] !== progress.stage) begun.push([progress.stage, performance.now()]);
      tell(progress);
    },
    secondsOf() {
      const seconds = { stream: 0, copy: 0, index: 0, follow: 0, verify: 0, keep: 0, swap: 0 };
      for (const [at, [stage, began]] of begun.entries())
        seconds[stage] = ((begun[at + 1]?.[1] ?? performance.now()) - began) / 1000;
      return seconds;
    },
  };
}

/** Returns how many documents were compared with SQL. @throws RebuildError when one is not what it says. */
async function prove(
  { projection, origin = 'source', rate, verify = { kind: 'all' }, onProgress }: RebuildOptions,
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
    scope: verify,
    reached: async (lsn) => {
      await follower.reached(lsn);
      return true;
    },
    signal,
    rate,
    onProgress: (done) => onProgress({ stage: 'verify', done, total: verify.kind === 'all' ? copied : null }),
  });
  const unequal = [...wrong.map((each) => each.id), ...undecided];
  if (unequal.length === 0) return compared;
  const shown = unequal.slice(0, WRONG_SHOWN).join(', ');
  const what = `${unequal.length} documents of the shadow are not what SQL says: ${shown}`;
  if (origin === 'source') throw new RebuildError(what);
  throw new RebuildError(
    `${what}. The changelog does not hold everything; without --from it is copied from the source`,
  );
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
