/**
 * Makes the documents of a projection anew from the source, beside the live ones and under writers and readers, and swaps them in when they
 * are proven equal (docs/decisions/0013-rebuild-from-the-source.md). Until the swap nothing of the live side is touched but a stream
 * that had stopped.
 */
import { randomBytes } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { openMongo } from '../../services/shared/mongo.ts';
import type { Collection, Db } from 'mongodb';
import pg from 'pg';
import { brokenStream, restartStream } from '../../connectors/restart-stream.ts';
import { ensureTopics } from '../../connectors/topics.ts';
import type { TopicSettings } from '../../connectors/topics.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createConnectClient } from '../../services/shared/connect/connect-client.ts';
import type { ConnectorConfig } from '../../services/shared/connect/connect-client.ts';
import type { Logger } from '../../services/shared/logger.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { RebuildControl } from '../../services/shared/rebuild-control.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { countSource, requireView } from '../../services/shared/verify/source-documents.ts';
import { verifyDocuments } from '../../services/shared/verify/verify-documents.ts';
import { connectorName, slotName } from '../../services/shared/stream-names.ts';
import { copySource, openSnapshot } from './copy-source.ts';
import { countTallies, requireRightCounts } from './count-tallies.ts';
import { followStream } from './follow-stream.ts';
import { takeLease } from './lease.ts';
import { RebuildError } from './rebuild-error.ts';
import { setGroupOffsets } from './set-group-offsets.ts';
import { swap } from './swap.ts';

export interface RebuildOptions {
  readonly sourceUrl: string;
  readonly mongoUrl: string;
  readonly kafkaBrokers: string;
  readonly connectUrl: string;
  readonly projection: Projection;
  /** Of the stream's connector, where it must be registered again. */
  readonly connector: ConnectorConfig;
  /** Of the topics, where they must be made again. */
  readonly topics: TopicSettings;
  /** Documents a second that are copied and compared, at most; Infinity: no bound. */
  readonly rate: number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RebuildProgress) => void;
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
}

const DEFAULT_TOMBSTONE_SECONDS = 14 * 86_400;
/**
 * A transaction can be in the topic a moment before Postgres' snapshots see it as ended. So the stream is followed from well before the
 * snapshot; what the snapshot does see is told apart by its transaction.
 */
const LOOK_BACK_MS = 60_000;
const WRONG_SHOWN = 5;

export async function rebuild(given: RebuildOptions): Promise<RebuildReport> {
  const { onProgress, secondsOf } = timeStages(given.onProgress);
  const options = { ...given, onProgress };
  const { projection, logger, signal } = options;
  return withServers(options, async ({ pool, db, admin, kafka }) => {
    const id = randomBytes(4).toString('hex');
    const control = db.collection<RebuildControl>(FRESHNESS_COLLECTION);
    const begun = new Date();
    const lease = await takeLease(control, projection.name, id, signal);
    const ended = AbortSignal.any([signal, lease.signal]);
    const groups = `${projection.group}.rebuild-`;
    const shadowName = `${projection.resource}_rebuild`;
    const cleanUp = async (): Promise<void> => {
      await db.collection(shadowName).drop();
      await deleteGroups(admin, groups);
    };
    try {
      await requireView(pool, projection);
      await cleanUp(); // what a rebuild that was killed has left
      const made = await ensureTopics(admin, projection.stream, options.topics);
      options.onProgress({ stage: 'stream', done: 0, total: null });
      const restarted = await restartStream({ ...streamPlaces(options, pool), signal: ended });

      const shadow = db.collection<StoredDocument>(shadowName);
      const group = `${groups}${id}`;
      const from = await startingOffsets(admin, pool, projection);
      await setGroupOffsets(kafka, group, projection.topic, from);
      const inTopic = await topicEnds(admin, projection);
      const { snapshot, copied } = await copy(options, shadow, from, ended);
      // Behind the copy: to build an index once is cheaper than to keep it while all documents come in.
      options.onProgress({ stage: 'index', done: 0, total: null });
      await countTallies(projection, shadow);
      const named = { ...projection, resource: shadowName };
      await prepareCollection(db, named, await tombstoneSeconds(db, options));
      const follower = await followStream({
        kafka,
        admin,
        db,
        ...streamPlaces(options, pool),
        projection,
        shadow,
        snapshot,
        inTopic,
        group,
        logger,
        signal: ended,
      });
      try {
        options.onProgress({ stage: 'follow', done: 0, total: null });
        await follower.reached(snapshot.lsn);
        const { compared, wrong, undecided } = await verifyDocuments({
          pool,
          projection,
          documents: shadow,
          scope: { kind: 'all' },
          reached: async (lsn) => {
            await follower.reached(lsn);
            return true;
          },
          signal: ended,
          rate: options.rate,
          onProgress: (done) => options.onProgress({ stage: 'verify', done, total: copied }),
        });
        const unequal = [...wrong.map((each) => each.id), ...undecided];
        if (unequal.length > 0) {
          const shown = unequal.slice(0, WRONG_SHOWN).join(', ');
          throw new RebuildError(`${unequal.length} documents of the shadow are not what SQL says: ${shown}`);
        }
        await requireRightCounts(projection, shadow);
        options.onProgress({ stage: 'swap', done: 0, total: null });
        await swap({
          kafka,
          admin,
          db,
          pool,
          projection,
          follower,
          group,
          lease,
          shadow: shadowName,
          snapshotLsn: snapshot.lsn,
          begun,
          signal: ended,
        });
        return {
          projection: projection.name,
          restarted,
          topicsMade: made,
          copied,
          verified: compared,
          seconds: secondsOf(),
        };
      } finally {
        await follower.stop();
      }
    } catch (error) {
      ended.throwIfAborted();
      throw error;
    } finally {
      if (!lease.signal.aborted) {
        await cleanUp();
        await lease.release();
      }
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
  const { projection } = options;
  return withServers(options, async ({ pool, admin }) => {
    const existing = await admin.listTopics();
    return {
      projection: projection.name,
      restart: await brokenStream(streamPlaces(options, pool)),
      topicsMissing: [projection.topic].filter((topic) => !existing.includes(topic)),
      documents: await countSource(pool, projection),
    };
  });
}

interface Servers {
  readonly pool: pg.Pool;
  readonly db: Db;
  readonly kafka: ReturnType<typeof createKafka>;
  readonly admin: Admin;
}

async function withServers<T>(options: RebuildOptions, use: (servers: Servers) => Promise<T>): Promise<T> {
  const { sourceUrl, mongoUrl, kafkaBrokers, logger } = options;
  const pool = new pg.Pool({
    connectionString: sourceUrl,
    application_name: 'readside-rebuild',
    max: 3,
    connectionTimeoutMillis: 10_000,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'));
  const mongo = openMongo(mongoUrl, {
    appName: 'readside-rebuild',
    serverSelectionTimeoutMS: 10_000,
    writeConcern: { w: 'majority' },
    readConcernLevel: 'majority',
  });
  const kafka = createKafka('readside-rebuild', kafkaBrokers, logger);
  const admin = kafka.admin();
  try {
    await mongo.connect();
    await admin.connect();
    return await use({ pool, db: mongo.db(), kafka, admin });
  } finally {
    await admin.disconnect();
    await mongo.close();
    await pool.end();
  }
}

function streamPlaces({ projection, connector, connectUrl }: RebuildOptions, pool: pg.Pool) {
  return {
    connect: createConnectClient(connectUrl),
    pool,
    connector: connectorName(projection.stream),
    slot: slotName(projection.stream),
    config: connector,
  };
}

/** Partition → offset after its last change. */
async function topicEnds(admin: Admin, { topic }: Projection): Promise<ReadonlyMap<number, number>> {
  const ends = await admin.fetchTopicOffsets(topic);
  return new Map(ends.map(({ partition, high }) => [partition, Number(high)]));
}

/** Before these, every change in the topic is of a transaction that has ended for whatever snapshot is taken from now on. */
async function startingOffsets(
  admin: Admin,
  pool: pg.Pool,
  { topic }: Projection,
): Promise<ReadonlyMap<number, number>> {
  const { rows } = await pool.query<{ since: Date }>(
    'select least(now(), min(xact_start)) as since from pg_stat_activity where backend_xid is not null',
  );
  const since = (rows[0]?.since ?? new Date()).getTime() - LOOK_BACK_MS;
  const ends = await admin.fetchTopicOffsets(topic);
  const later = await admin.fetchTopicOffsetsByTimestamp(topic, since);
  const byTime = new Map(later.map(({ partition, offset }) => [partition, Number(offset)]));
  return new Map(
    ends.map(({ partition, high }) => [partition, Math.min(Number(high), byTime.get(partition) ?? 0)]),
  );
}

async function copy(
  { projection, sourceUrl, rate, onProgress }: RebuildOptions,
  shadow: Collection<StoredDocument>,
  from: ReadonlyMap<number, number>,
  signal: AbortSignal,
) {
  const clients: pg.Client[] = [];
  const connect = async (): Promise<pg.Client> => {
    const each = new pg.Client({
      connectionString: sourceUrl,
      application_name: 'readside-rebuild',
      connectionTimeoutMillis: 10_000,
    });
    clients.push(each);
    await each.connect();
    return each;
  };
  try {
    const client = await connect();
    const snapshot = await openSnapshot(client, projection);
    onProgress({ stage: 'copy', done: 0, total: snapshot.documents });
    const copied = await copySource({
      client,
      connect,
      snapshot,
      projection,
      shadow,
      from,
      rate,
      signal,
      onProgress: (done) => onProgress({ stage: 'copy', done, total: snapshot.documents }),
    });
    await client.query('commit');
    return { snapshot, copied };
  } finally {
    await Promise.all(clients.map((each) => each.end()));
  }
}

/** As the projector has set it on the live documents. */
async function tombstoneSeconds(db: Db, { projection }: RebuildOptions): Promise<number> {
  const names = await db.listCollections({ name: projection.resource }, { nameOnly: true }).toArray();
  if (names.length === 0) return DEFAULT_TOMBSTONE_SECONDS;
  const indexes = await db.collection(projection.resource).indexes();
  return (
    indexes.find(({ expireAfterSeconds }) => expireAfterSeconds !== undefined)?.expireAfterSeconds ??
    DEFAULT_TOMBSTONE_SECONDS
  );
}

/** A group of a rebuild that was killed is empty once its session has ended; until then it stays, and the next rebuild removes it. */
async function deleteGroups(admin: Admin, prefix: string): Promise<void> {
  const { groups } = await admin.listGroups();
  const ids = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
  if (ids.length === 0) return;
  const described = await admin.describeGroups(ids);
  const empty = described.groups.filter(({ members }) => members.length === 0);
  if (empty.length > 0) await admin.deleteGroups(empty.map(({ groupId }) => groupId));
}
