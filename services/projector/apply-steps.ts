/** A batch applied, and what it changes reached, for as long as the partition is ours: what passes by itself is tried again, and told while it lasts. */
import type { Logger } from '../shared/logger.ts';
import { applyBatch } from './apply-batch.ts';
import type { ApplyOptions, DecodedBatch, DueReach } from './apply-batch.ts';
import type { DocumentStore } from './document-store.ts';
import { reachCopies } from './reach.ts';
import type { NoteReached } from './note-reached.ts';
import type { ReachPace } from './reach-pace.ts';
import { retryPassing } from './retry-passing.ts';
import type { SchemaGuard } from './schema-guard.ts';
import type { WaitingPartitions } from './waiting-partitions.ts';

export interface ApplyStepsOptions extends Omit<ApplyOptions, 'store' | 'judgeMisfit'> {
  readonly schema: SchemaGuard;
  readonly waiting: WaitingPartitions;
  /** What is done takes long and is no standstill. */
  readonly alive: () => void;
  /** What is reached is counted, for whoever judges whether anything moves. */
  readonly noteReached?: NoteReached;
  /** Of all reaches together; absent: nobody is to be left in peace. */
  readonly pace?: ReachPace;
  readonly logger: Logger;
}

/** A partition, for as long as it is ours. */
type Held = Pick<DecodedBatch, 'partition' | 'signal'>;

export interface ApplySteps {
  apply(this: void, batch: DecodedBatch, store: DocumentStore): Promise<DueReach | null>;
  /** Resolves when all that copies from these companions shows them as they are. */
  reach(this: void, held: Held, companions: readonly string[], store: DocumentStore): Promise<void>;
  /** Both, one after the other. */
  applyAndReach(this: void, batch: DecodedBatch, store: DocumentStore): Promise<void>;
}

export function createApplySteps(options: ApplyStepsOptions): ApplySteps {
  const { projection, schema, waiting, alive, noteReached, pace, logger, metrics } = options;

  async function untilPassed<T>({ partition, signal }: Held, work: () => Promise<T>): Promise<T> {
    try {
      return await retryPassing(work, signal, (error) => {
        metrics.retries.inc();
        alive();
        waiting.failed(partition, error);
        logger.warn({ err: error }, 'it is not taken now; trying again');
      });
    } finally {
      if (!signal.aborted) waiting.passed(partition);
    }
  }

  const progressed = async (documents: number): Promise<void> => {
    alive();
    await noteReached?.(documents);
  };
  const refilled = (documents: number): void => metrics.refilled.inc(documents);
  const tooLarge = (ids: readonly string[]): void =>
    logger.error(
      { documents: ids.length },
      'documents are too large for what they copy, and stay as they are',
    );

  const steps: ApplySteps = {
    async apply(batch, store) {
      const due = await untilPassed(batch, () =>
        applyBatch({ ...options, store, judgeMisfit: schema.judge }, batch),
      );
      schema.passed(batch.partition);
      return due;
    },
    reach: (held, companions, store) =>
      untilPassed(held, () =>
        reachCopies(
          { projection, store, signal: held.signal, refilled, progressed, tooLarge, ...(pace && { pace }) },
          companions,
        ),
      ),
    async applyAndReach(batch, store) {
      const due = await steps.apply(batch, store);
      if (due !== null) await steps.reach(batch, due.ids, store);
    },
  };
  return steps;
}
