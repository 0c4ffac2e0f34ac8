/** The projector's own pieces in this process, on any projection: no process to wait for, and no metrics but the counted ones. */
import { Registry } from 'prom-client';
import { applyBatch } from '../../services/projector/apply-batch.ts';
import type { RawChange } from '../../services/projector/change-feed.ts';
import { decodeAll } from '../../services/projector/decode.ts';
import { createDocumentStore } from '../../services/projector/document-store.ts';
import { createKafkaFeed } from '../../services/projector/kafka-feed.ts';
import { createProjectorMetrics } from '../../services/projector/metrics.ts';
import type { ProjectorMetrics } from '../../services/projector/metrics.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import type { Pipeline } from './pipeline.ts';
import { stackEndpoints } from './stack.ts';

export interface InProcessOptions {
  readonly batchSize: number;
  /** What it says no to is left out, as a defect would: the oracle must find it. */
  readonly keep?: (change: RawChange) => boolean;
}

export interface InProcessProjector {
  readonly metrics: ProjectorMetrics;
  stop(): Promise<void>;
}

/** What the projector could not go on from is thrown by `stop`. */
export async function startProjector(
  { projection, documents }: Pipeline,
  { batchSize, keep = () => true }: InProcessOptions,
): Promise<InProcessProjector> {
  const logger = createLogger('projector', 'silent');
  const metrics = createProjectorMetrics(new Registry());
  const store = createDocumentStore(documents);
  let failure: Error | undefined;
  const feed = createKafkaFeed({
    kafka: createKafka('projector-in-test', stackEndpoints().kafkaBrokers, logger),
    topic: projection.topic,
    group: projection.group,
    concurrency: 4,
    batchSize,
    sessionTimeoutMs: 6000,
    logger,
    onCrash: (error) => {
      failure = error;
    },
  });
  await feed.start((batch) =>
    applyBatch({ projection, store, metrics }, { ...batch, changes: decodeAll(batch.changes.filter(keep)) }),
  );
  return {
    metrics,
    stop: async () => {
      await feed.stop();
      if (failure) throw failure;
    },
  };
}
