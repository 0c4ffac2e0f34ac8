/** A batch applied for as long as the partition is ours: what passes by itself is tried again, and told while it lasts. */
import type { Logger } from '../shared/logger.ts';
import { applyBatch } from './apply-batch.ts';
import type { ApplyOptions, DecodedBatch } from './apply-batch.ts';
import type { DocumentStore } from './document-store.ts';
import { retryPassing } from './retry-passing.ts';
import type { SchemaGuard } from './schema-guard.ts';
import type { WaitingPartitions } from './waiting-partitions.ts';

export interface ApplyStepsOptions extends Omit<ApplyOptions, 'store' | 'judgeMisfit'> {
  readonly schema: SchemaGuard;
  readonly waiting: WaitingPartitions;
  /** What is done takes long and is no standstill. */
  readonly alive: () => void;
  readonly logger: Logger;
}

export type ApplySteps = (batch: DecodedBatch, store: DocumentStore) => Promise<void>;

export function createApplySteps(options: ApplyStepsOptions): ApplySteps {
  const { schema, waiting, alive, logger, metrics } = options;
  return async (batch, store) => {
    try {
      await retryPassing(
        () => applyBatch({ ...options, store, judgeMisfit: schema.judge }, batch),
        batch.signal,
        (error) => {
          metrics.retries.inc();
          alive();
          waiting.failed(batch.partition, error);
          logger.warn({ err: error }, 'it is not taken now; trying again');
        },
      );
      schema.passed(batch.partition);
    } finally {
      if (!batch.signal.aborted) waiting.passed(batch.partition);
    }
  };
}
