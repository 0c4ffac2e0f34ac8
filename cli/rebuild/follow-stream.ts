/**
 * Brings the shadow from what was copied to the present, by the projector's own steps and in a group of its own. A change that the snapshot
 * saw moves only the document's offset, so that after the swap no redelivery can apply it; where there is no document, the snapshot
 * saw it deleted, and a tombstone is kept for the same reason.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { Collection, Db } from 'mongodb';
import type { Pool } from 'pg';
import { Registry } from 'prom-client';
import { applyBatch } from '../../services/projector/apply-batch.ts';
import type { ApplyOptions, DecodedBatch } from '../../services/projector/apply-batch.ts';
import { createReviver } from '../../connectors/restart-stream.ts';
import { documentAt } from '../../services/shared/projection/references.ts';
import { createDeadLetters } from '../../services/projector/dead-letters.ts';
import type { DeadLetters } from '../../services/projector/dead-letters.ts';
import { decodeAll, keyOf } from '../../services/projector/decode.ts';
import { createKafkaFeed } from '../../services/projector/kafka-feed.ts';
import type { PositionStore } from '../../services/projector/position-record.ts';
import { createProjectorMetrics } from '../../services/projector/metrics.ts';
import { createUnkeyedChanges } from '../../services/projector/unkeyed-changes.ts';
import type { UnkeyedChanges } from '../../services/projector/unkeyed-changes.ts';
import { reachCopies } from '../../services/projector/reach.ts';
import { retryPassing } from '../../services/projector/retry-passing.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import type { ConnectClient } from '../../services/shared/connect/connect-client.ts';
import { SlotGoneError, createReach } from '../../services/shared/lag/reach.ts';
import type { Logger } from '../../services/shared/logger.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { ChangePlace } from '../../services/shared/projection/change-event.ts';
import type { DocumentState } from '../../services/shared/projection/document.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { RebuildError, RebuildStoppedError } from './rebuild-error.ts';
import { sees } from './source-snapshot.ts';
import type { SourceSnapshot } from './source-snapshot.ts';

export interface FollowOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly pool: Pool;
  readonly db: Db;
  readonly connect: ConnectClient;
  /** The connector's name. */
  readonly connector: string;
  readonly projection: Projection;
  readonly shadow: Collection<StoredDocument>;
  /** Id of a document, or of a companion → the snapshot that it was copied in; null: nothing was copied. */
  readonly snapshotOf: ((id: string) => SourceSnapshot) | null;
  /** Partition → end of the topic before the snapshot was taken: what lies before it the snapshot sees, whatever it says. */
  readonly inTopic: ReadonlyMap<number, number>;
  /** Its committed offsets say where to begin. */
  readonly group: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Changes read so far. */
  readonly onProgress: (read: number) => void;
}

export interface Follower {
  /** Resolves when all that was committed in Postgres before `lsn` is in the shadow. */
  reached(lsn: number): Promise<void>;
  stop(): Promise<void>;
}

const CONCURRENCY = 4;
const BATCH_SIZE = 5000;
/** Shorter than the lease (rebuild-control.ts), so that whoever goes on with a killed rebuild finds its group empty. */
const SESSION_TIMEOUT_MS = 10_000;
const REACH_DEADLINE_MS = 10 * 60_000;
const STALLED_MS = 30_000;
const POLL_MS = 50;

export async function followStream(options: FollowOptions): Promise<Follower> {
  const { kafka, admin, pool, db, shadow, group, logger, signal } = options;
  const projection =
    options.snapshotOf === null
      ? options.projection
      : beyond(options.snapshotOf, options.inTopic, options.projection);
  const metrics = createProjectorMetrics(new Registry());
  const store = openDocumentStore(projection, shadow);
  const failed = new AbortController();
  let read = 0;
  const letters = createDeadLetters(kafka, deadLettersTopic(projection.name));
  const aside = onlyUnkeyed(letters, createUnkeyedChanges(db, projection.name));
  const keepRunning = createReviver(options.connect, options.connector);
  const feed = createKafkaFeed({
    kafka,
    admin,
    topic: projection.topic,
    group,
    concurrency: CONCURRENCY,
    batchSize: BATCH_SIZE,
    sessionTimeoutMs: SESSION_TIMEOUT_MS,
    positions: NOT_KEPT,
    remedy: `readside rebuild ${projection.name}`,
    logger,
    onCrash: (error) => failed.abort(error),
  });
  const apply = (batch: DecodedBatch): Promise<void> =>
    retryPassing(
      async () => {
        const due = await applyBatch({ projection, store, ...aside, metrics }, batch);
        // Nobody else is at work on the shadow: no reach has to stand back.
        if (due !== null) await reachCopies({ projection, store, signal: batch.signal }, due.ids);
      },
      batch.signal,
      (error) => logger.warn({ err: error }, 'MongoDB does not take it now; trying again'),
    );
  await feed.start((session) => ({
    // Nobody reads the shadow yet, so nothing is held back to be whole.
    async take({ changes, next }) {
      const { partition, signal: ours } = session;
      const before = options.inTopic.get(partition) ?? 0;
      const unseen = decodeAll(changes).filter(
        ({ raw, change }) => !(change instanceof ChangeError && raw.offset < before),
      );
      if (unseen.length > 0) await apply({ partition, changes: unseen, signal: ours });
      session.commit(next);
      read += changes.length;
      options.onProgress(read);
    },
    settled: () => Promise.resolve(),
  }));

  const either = AbortSignal.any([signal, failed.signal]);
  const wait = { timeoutMs: REACH_DEADLINE_MS, intervalMs: POLL_MS, signal: either };
  return {
    async reached(lsn) {
      let standsSince = Infinity;
      const isReached = createReach({ pool, admin, projection, group }, lsn);
      await waitFor(
        'the shadow to catch up with the source',
        async () => {
          await keepRunning();
          const stalled = feed.stalled();
          if (stalled === null) standsSince = Infinity;
          else standsSince = Math.min(standsSince, performance.now());
          // A consumer that has crashed is followed by another.
          if (stalled !== null && performance.now() - standsSince > STALLED_MS)
            throw new RebuildStoppedError(stalled);
          return isReached();
        },
        { ...wait, fatal: (error) => error instanceof RebuildStoppedError || error instanceof SlotGoneError },
      ).catch((error: unknown) => {
        if (!(error instanceof SlotGoneError)) throw error;
        throw new RebuildError(`${error.message} while the shadow was being built: begin again`, {
          cause: error,
        });
      });
      either.throwIfAborted();
    },
    async stop() {
      await feed.stop();
      await letters.close();
    },
  };
}

/**
 * A document that is in doubt must not take the place of one that is not, so a change that cannot be applied to it ends the rebuild. What
 * names no document is kept as projectors keep it, for those may be standing still.
 */
function onlyUnkeyed(
  letters: DeadLetters,
  unkeyed: UnkeyedChanges,
): Pick<ApplyOptions, 'deadLetters' | 'unkeyed' | 'judgeMisfit' | 'noteSnapshots'> {
  return {
    deadLetters: {
      async write(each) {
        const keyed = each.find(({ raw }) => keyOf(raw) !== null);
        if (keyed)
          throw new RebuildError(
            `the change at ${keyed.partition}:${keyed.raw.offset} came meanwhile and cannot be applied: ${keyed.error}. Begin again: what came before is copied from the source`,
          );
        await letters.write(each);
      },
    },
    unkeyed,
    judgeMisfit: () => Promise.resolve(),
    noteSnapshots: () => Promise.resolve(),
  };
}

/** The group says where it stands; whether the topic still holds that place is asked before it begins (begin.ts). */
const NOT_KEPT: PositionStore = {
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
};

const DELETED: DocumentState = { phase: 'deleted', content: {} };

/**
 * The projection for documents that hold already what their snapshot saw. Of what was in the topic before it, only what can be applied is worth
 * a look: a transaction may be there a moment before snapshots see it. The rest it saw, or nobody can follow; the comparison with SQL
 * would tell.
 */
function beyond(
  snapshotOf: (id: string) => SourceSnapshot,
  inTopic: FollowOptions['inTopic'],
  projection: Projection,
): Projection {
  const wasInTopic = ({ partition, offset }: ChangePlace): boolean => offset < (inTopic.get(partition) ?? 0);
  return {
    ...projection,
    evolve(state, change, place) {
      try {
        if (sees(snapshotOf(documentAt(projection, change.table, change.key)), change.source))
          return state ?? DELETED;
        return projection.evolve(state, change, place);
      } catch (error) {
        if (error instanceof ChangeError && place !== undefined && wasInTopic(place)) return state ?? DELETED;
        throw error;
      }
    },
  };
}
