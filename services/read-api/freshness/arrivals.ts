/**
 * Waiting for documents to get as far as a token says. All who wait share one query every few milliseconds, and nobody
 * waiting means no query. A change stream wakes a reader 2 ms sooner, but makes this process decode every change of the
 * collection (20 µs each, more than a core while a projector catches up): the readers would wait for that as well.
 */
import type { ConsistencyToken } from '../../shared/consistency-token.ts';
import { hasReached } from './has-reached.ts';
import type { Reached } from './has-reached.ts';

export interface Outcome {
  readonly reached: boolean;
  /** false when the wait was cut short by us: too many wait, or the service stops */
  readonly waitedFully: boolean;
}

export interface Arrivals {
  /**
   * Resolves as soon as the token's document is there, or after `waitMs`; looks at least once.
   * Rejects with the signal's reason when it aborts, and with what `load` rejects with.
   */
  until(token: ConsistencyToken, waitMs: number, signal: AbortSignal): Promise<Outcome>;
  /** Answers all who wait at once; from then on nobody waits. */
  stop(): void;
  /** how many wait now */
  readonly size: () => number;
}

/** How far each of the documents is; one that does not exist has no entry. */
export type LoadReached = (ids: readonly string[]) => Promise<ReadonlyMap<string, Reached>>;

interface Waiter {
  readonly token: ConsistencyToken;
  readonly waitMs: number;
  readonly since: number;
  looked: boolean;
  settle(outcome: Outcome): void;
  fail(error: unknown): void;
}

const SHORTEST_PAUSE_MS = 3;
const LONGEST_PAUSE_MS = 50;

export function createArrivals(load: LoadReached, maxWaiters: number): Arrivals {
  const waiters = new Set<Waiter>();
  let polling = false;
  let stopped = false;
  let endPause: (() => void) | undefined;

  async function poll(): Promise<void> {
    if (polling) return endPause?.(); // a newcomer is looked after at once
    polling = true;
    while (waiters.size > 0) {
      await look([...waiters]);
      if ([...waiters].every(({ looked }) => looked)) await pause();
    }
    polling = false;
  }

  /** Never rejects: those who wait are told. */
  async function look(current: readonly Waiter[]): Promise<void> {
    try {
      const reached = await load([...new Set(current.map(({ token }) => token.id))]);
      for (const waiter of current) {
        waiter.looked = true;
        if (hasReached(waiter.token, reached.get(waiter.token.id)))
          waiter.settle({ reached: true, waitedFully: true });
        else if (waiter.waitMs === 0) waiter.settle({ reached: false, waitedFully: true });
      }
    } catch (error) {
      for (const waiter of current) waiter.fail(error);
    }
  }

  /** A tenth of the time that the last one has waited already: a long wait is not made much longer, and costs little. */
  function pause(): Promise<void> {
    const youngest = Math.max(...[...waiters].map(({ since }) => since));
    const ms = Math.min(Math.max((performance.now() - youngest) / 10, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  return {
    until: (token, waitMs, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(asError(signal.reason));
        const cutShort = waitMs > 0 && (stopped || waiters.size >= maxWaiters);
        const deadline = waitMs > 0 && !cutShort ? setTimeout(() => waiter.settle(LATE), waitMs) : undefined;
        const leave = (): void => {
          waiters.delete(waiter);
          clearTimeout(deadline);
          signal.removeEventListener('abort', onAbort);
          if (waiters.size === 0) endPause?.();
        };
        const waiter: Waiter = {
          token,
          waitMs: cutShort ? 0 : waitMs,
          since: performance.now(),
          looked: false,
          settle: (outcome) => {
            leave();
            resolve(cutShort ? { ...outcome, waitedFully: outcome.reached } : outcome);
          },
          fail: (error) => {
            leave();
            reject(asError(error));
          },
        };
        const onAbort = (): void => waiter.fail(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        waiters.add(waiter);
        void poll();
      }),
    stop() {
      stopped = true;
      for (const waiter of waiters) waiter.settle({ reached: false, waitedFully: false });
    },
    size: () => waiters.size,
  };
}

const LATE: Outcome = { reached: false, waitedFully: true };

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
