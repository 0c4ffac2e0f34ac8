/**
 * The reaches of one partition, beside its batches: what has come together meanwhile is reached at once, and up to the change whose reach is not
 * over nothing is committed. So whoever looks at committed offsets is told the truth, and after a kill the change is delivered again.
 */
import type { Gauge } from 'prom-client';
import type { DueReach } from './apply-batch.ts';

export interface ReachQueue {
  add(due: DueReach): void;
  /** Up to where may be committed of what is applied up to `next`. */
  bound(next: number): number;
  /** Resolves when not too many are waiting, or the partition was taken away. */
  room(): Promise<void>;
  /** Resolves when nothing is being reached; what waits when the partition was taken away is not begun. Never rejects. */
  ended(): Promise<void>;
}

export interface ReachQueueOptions {
  readonly reach: (companions: readonly string[]) => Promise<void>;
  readonly signal: AbortSignal;
  /** Companions whose reach is not over, of all partitions. */
  readonly pending: Pick<Gauge, 'inc'>;
  /** A reach is over: more may be committed. */
  readonly moved: () => void;
  readonly failed: (error: unknown) => void;
}

/** Companions waiting, at most, before no more changes are taken. */
const MOST_WAITING = 10_000;

export function createReachQueue({ reach, signal, pending, moved, failed }: ReachQueueOptions): ReachQueue {
  let waiting: DueReach[] = [];
  let underWay: readonly DueReach[] = [];
  let running: Promise<void> | null = null;
  let wakers: Array<() => void> = [];
  let told = 0;
  const sizeOf = (dues: readonly DueReach[]): number => dues.reduce((sum, { ids }) => sum + ids.length, 0);
  const changed = (): void => {
    const size = signal.aborted ? 0 : sizeOf(underWay) + sizeOf(waiting);
    pending.inc(size - told);
    told = size;
    for (const each of wakers.splice(0)) each();
  };
  signal.addEventListener('abort', changed, { once: true });

  async function run(): Promise<void> {
    while (waiting.length > 0 && !signal.aborted) {
      underWay = waiting;
      waiting = [];
      try {
        await reach([...new Set(underWay.flatMap(({ ids }) => ids))]);
      } catch (error) {
        // They stay under way: nothing after them is committed.
        if (!signal.aborted) failed(error);
        return;
      }
      underWay = [];
      changed();
      moved();
    }
    running = null;
  }

  return {
    add(due) {
      waiting.push(due);
      changed();
      running ??= run();
    },
    bound: (next) => Math.min(next, ...underWay.map(({ from }) => from), ...waiting.map(({ from }) => from)),
    async room() {
      while (sizeOf(waiting) > MOST_WAITING && !signal.aborted)
        await new Promise<void>((resolve) => void wakers.push(resolve));
    },
    ended: async () => {
      await running;
    },
  };
}
