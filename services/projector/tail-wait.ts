/**
 * How long the end of a transaction is held back that may have more to come. The connector hands a transaction over in parts, a few
 * milliseconds apart; more on a busy machine, so the wait follows what was seen. A connector that died between two parts sends the
 * rest when it is back: while the slot has no reader the wait goes on, and then until the slot has passed the transaction.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';

export interface TailWait {
  /** Resolves true when nothing more of the transaction is to be expected; false when `signal` aborted before. */
  over(lsn: number | null, signal: AbortSignal): Promise<boolean>;
  /** The rest of a transaction has come, so long (ms) after its first part. */
  met(afterMs: number): void;
}

/** What Postgres says of the connector's slot; null: there is no such slot. */
export type AskSlot = () => Promise<{ readonly active: boolean; readonly confirmedLsn: number } | null>;

const SHORTEST_MS = 50;
const LONGEST_MS = 2000;
/** Of what was seen: the next gap may be longer than the last. */
const MARGIN = 4;
const ASK_AGAIN_MS = 200;

export function createTailWait(askSlot: AskSlot, logger: Logger): TailWait {
  let waitMs = SHORTEST_MS;
  return {
    met(afterMs) {
      // Up at once, down by small steps.
      waitMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, MARGIN * afterMs, waitMs * 0.99));
    },
    async over(lsn, signal) {
      try {
        await sleep(waitMs, undefined, { signal });
        let interrupted = false;
        for (;;) {
          const slot = await askSlot().catch((error: unknown) => {
            logger.debug({ err: error }, 'the slot cannot be asked now');
            return undefined;
          });
          if (slot === null) return true;
          if (slot?.active && (!interrupted || lsn === null || slot.confirmedLsn > lsn)) return true;
          interrupted = true;
          await sleep(ASK_AGAIN_MS, undefined, { signal });
        }
      } catch (error) {
        if (signal.aborted) return false;
        throw error;
      }
    },
  };
}
