/**
 * How long the end of a transaction is held back that may have more to come. The connector hands a transaction over in parts, and
 * how far apart they come nobody can say: it may be busy, or have died between two. So the wait ends when more comes, or with a proof that
 * nothing will: the slot has confirmed what the WAL held when the part was here already, its transaction's commit among it, which the connector
 * does only for what stands whole in Kafka; and after that Kafka holds nothing that was not fetched.
 *
 * The change's own LSN proves nothing: transactions interleave, and one that began later and was confirmed may have a higher one.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';

export interface Held {
  readonly partition: number;
  /** The offset after all that was fetched; it moves on over markers. */
  readonly next: () => number;
}

export interface TailWait {
  /** Resolves true when nothing more of the transaction is to be expected; false when `signal` aborted before. */
  over(held: Held, signal: AbortSignal): Promise<boolean>;
}

export interface TailWaitOptions {
  /** What Postgres says of its WAL and of the connector's slot; null: there is no such slot. */
  readonly askSource: () => Promise<{
    readonly currentLsn: number;
    readonly slot: { readonly confirmedLsn: number } | null;
  }>;
  /** The offset after the partition's last record, those of open Kafka transactions included. */
  readonly askEnd: (partition: number) => Promise<number>;
  /** Hears of each look: the partition stands still on purpose. */
  readonly onWait: () => void;
  readonly logger: Logger;
}

/** Most often the rest comes sooner. */
const FIRST_MS = 20;
const ASK_AGAIN_MS = 50;

export function createTailWait({ askSource, askEnd, onWait, logger }: TailWaitOptions): TailWait {
  return {
    async over({ partition, next }, signal) {
      let target: number | null = null;
      let isConfirmed = false;
      const isOver = async (): Promise<boolean> => {
        try {
          if (!isConfirmed) {
            const { currentLsn, slot } = await askSource();
            target ??= currentLsn;
            isConfirmed = slot === null || slot.confirmedLsn >= target;
          }
          return isConfirmed && (await askEnd(partition)) <= next();
        } catch (error) {
          logger.debug({ err: error, partition }, 'it cannot be asked now whether more is to come');
          return false;
        }
      };
      try {
        await sleep(FIRST_MS, undefined, { signal });
        while (!(await isOver())) {
          onWait();
          await sleep(ASK_AGAIN_MS, undefined, { signal });
        }
        return !signal.aborted;
      } catch (error) {
        if (signal.aborted) return false;
        throw error;
      }
    },
  };
}
