/**
 * Tells Kafka how far a partition is applied: the newest position, some times a second, and never in the way of the next batch. A
 * commit that fails, or comes late, is no harm: what is delivered again was applied before (invariant 2).
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface OffsetCommitter {
  commit(partition: number, next: number): void;
  /** What is not told yet never is: the partitions are given out anew, and whoever has one now may be further. */
  drop(): void;
  /** Resolves when all that was asked so far was told, or could not be. */
  flush(): Promise<void>;
}

/** With small batches there would be a commit for each, of which Kafka and this process have as much work as of the batch itself. */
const PAUSE_MS = 200;

export function createOffsetCommitter(
  send: (positions: ReadonlyMap<number, number>) => Promise<void>,
  onFailure: (error: unknown) => void,
  pauseMs = PAUSE_MS,
): OffsetCommitter {
  let pending = new Map<number, number>();
  let sending: Promise<void> | null = null;
  const flushing = new AbortController();

  async function drain(): Promise<void> {
    while (pending.size > 0) {
      const positions = pending;
      pending = new Map();
      try {
        await send(positions);
      } catch (error) {
        onFailure(error);
      }
      await sleep(pauseMs, undefined, { signal: flushing.signal }).catch(() => undefined);
    }
    sending = null;
  }

  return {
    commit(partition, next) {
      pending.set(partition, next);
      sending ??= drain();
    },
    drop() {
      pending = new Map();
    },
    flush() {
      flushing.abort();
      return sending ?? Promise.resolve();
    },
  };
}
