/** The projector's own pieces in this process, on any projection: no process to wait for, and no metrics but the counted ones. */
import { Registry } from 'prom-client';
import { applyBatch } from '../../services/projector/apply-batch.ts';
import type { RawChange } from '../../services/projector/change-feed.ts';
import { createDeadLetters } from '../../services/projector/dead-letters.ts';
import { createKafkaFeed } from '../../services/projector/kafka-feed.ts';
import { createPartitionWorker } from '../../services/projector/partition-worker.ts';
import { createPositionStore, positionId } from '../../services/projector/position-record.ts';
import { createTailWait } from '../../services/projector/tail-wait.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import { reachCopies } from '../../services/projector/reach.ts';
import { createProjectorMetrics } from '../../services/projector/metrics.ts';
import type { ProjectorMetrics } from '../../services/projector/metrics.ts';
import { createSnapshotNotes } from '../../services/projector/note-snapshots.ts';
import { createSchemaGuard } from '../../services/projector/schema-guard.ts';
import { createUnkeyedChanges } from '../../services/projector/unkeyed-changes.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { sourceProgress } from '../../services/shared/lag/source-progress.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { deadLettersTopic, slotName } from '../../services/shared/stream-names.ts';
import type { Pipeline } from './pipeline.ts';
import { stackEndpoints } from './stack.ts';

export interface InProcessOptions {
  readonly batchSize: number;
  /** Of a partition, at once. */
  readonly fetchBytes?: number;
  /** What it says no to is left out, as a defect would: the oracle must find it. */
  readonly keep?: (change: RawChange) => boolean;
}

export interface InProcessProjector {
  readonly metrics: ProjectorMetrics;
  stop(): Promise<void>;
}

/** What the projector could not go on from is thrown by `stop`. */
export async function startProjector(
  { projection, documents, records, db, admin, sql }: Pipeline,
  { batchSize, fetchBytes, keep = () => true }: InProcessOptions,
): Promise<InProcessProjector> {
  const logger = createLogger('projector', 'silent');
  const metrics = createProjectorMetrics(new Registry());
  const store = openDocumentStore(projection, documents);
  const reaching = openDocumentStore(projection, documents);
  let failure: Error | undefined;
  const kafka = createKafka('projector-in-test', stackEndpoints().kafkaBrokers, logger);
  const deadLetters = createDeadLetters(kafka, deadLettersTopic(projection.name));
  const unkeyed = createUnkeyedChanges(db, projection.name);
  const noteSnapshots = createSnapshotNotes(db, projection.name);
  const judgeMisfit = createSchemaGuard(projection, sql, logger).judge;
  const feed = createKafkaFeed({
    kafka,
    admin,
    topic: projection.topic,
    group: projection.group,
    concurrency: 4,
    batchSize,
    ...(fetchBytes === undefined ? {} : { fetchBytes }),
    sessionTimeoutMs: 6000,
    positions: createPositionStore(records, positionId(projection), (work) => work()),
    remedy: `readside rebuild ${projection.name}`,
    logger,
    onCrash: (error) => {
      failure = error;
    },
  });
  const tailWait = createTailWait({
    askSource: () => sourceProgress(sql, slotName(projection.stream)),
    askEnd: async (partition) => {
      const ends = await admin.fetchTopicOffsets(projection.topic);
      return Number(ends.find((each) => each.partition === partition)?.high ?? Infinity);
    },
    onWait: () => feed.alive(),
    logger,
  });
  await feed.start((session) =>
    createPartitionWorker(
      {
        projection,
        reach: (companions) =>
          reachCopies({ projection, store: reaching, signal: session.signal }, companions),
        reachesPending: metrics.reachesPending,
        apply: (batch) =>
          applyBatch(
            { projection, store, deadLetters, unkeyed, judgeMisfit, noteSnapshots, metrics },
            { ...batch, changes: batch.changes.filter(({ raw }) => keep(raw)) },
          ),
        tailWait,
        onSplit: () => metrics.splits.inc(),
      },
      session,
    ),
  );
  return {
    metrics,
    stop: async () => {
      await feed.stop();
      await deadLetters.close();
      if (failure) throw failure;
    },
  };
}
