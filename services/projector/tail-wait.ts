/**
 * How long the end of a transaction is held back that may have more to come. The connector hands a transaction over in parts, and
 * how far apart they come nobody can say: it may be busy, or have died between two. So the wait ends when more comes, or when the slot has
 * passed the transaction: the connector confirms only what stands whole in Kafka. On an idle system that takes up to a heartbeat.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';

export interface TailWait {
  /** Resolves true when nothing more of the transaction is to be expected; false when `signal` aborted before. */
  over(lsn: number | null, signal: AbortSignal): Promise<boolean>;
}

/** What Postgres says of the connector's slot; null: there is no such slot. */
export type AskSlot = () => Promise<{ readonly confirmedLsn: number } | null>;

/** Most often the rest comes sooner. */
const FIRST_MS = 20;
const ASK_AGAIN_MS = 50;

/** `onWait` hears of each look: the partition stands still on purpose. */
export function createTailWait(askSlot: AskSlot, onWait: () => void, logger: Logger): TailWait {
  const hasPassed = async (lsn: number): Promise<boolean> => {
    try {
      const slot = await askSlot();
      return slot === null || slot.confirmedLsn > lsn;
    } catch (error) {
      logger.debug({ err: error }, 'the slot cannot be asked now');
      return false;
    }
  };
  return {
    async over(lsn, signal) {
      // Not from the connector: it always says where its changes stand.
      if (lsn === null) return !signal.aborted;
      try {
        await sleep(FIRST_MS, undefined, { signal });
        while (!(await hasPassed(lsn))) {
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
