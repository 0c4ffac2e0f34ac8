/**
 * Tells Kafka how far a partition is applied: the newest position, one request at a time, and never in the way of the next batch. A
 * commit that fails is no harm: what is delivered again was applied before (invariant 2).
 */
export interface OffsetCommitter {
  commit(partition: number, next: number): void;
  /** Resolves when all that was asked so far was told, or could not be. */
  flush(): Promise<void>;
}

export function createOffsetCommitter(
  send: (positions: ReadonlyMap<number, number>) => Promise<void>,
  onFailure: (error: unknown) => void,
): OffsetCommitter {
  let pending = new Map<number, number>();
  let sending: Promise<void> | null = null;

  async function drain(): Promise<void> {
    while (pending.size > 0) {
      const positions = pending;
      pending = new Map();
      try {
        await send(positions);
      } catch (error) {
        onFailure(error);
      }
    }
    sending = null;
  }

  return {
    commit(partition, next) {
      pending.set(partition, next);
      sending ??= drain();
    },
    flush: () => sending ?? Promise.resolve(),
  };
}
