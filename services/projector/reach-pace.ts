/** Keeps all reaches of a process together at so many documents a second, at most; what was not used is not saved up. */
import { setTimeout as sleep } from 'node:timers/promises';

export type ReachPace = (documents: number, signal: AbortSignal) => Promise<void>;

export function createReachPace(rate: number, now: () => number = () => performance.now()): ReachPace {
  let free = 0;
  return async (documents, signal) => {
    const turn = Math.max(now(), free);
    free = turn + (1000 * documents) / rate;
    // Also where nothing is to be waited for: whoever else has something to do comes first.
    await sleep(Math.max(0, turn - now()), undefined, { signal });
  };
}
