/** Keeps work at so many items a second, at most, counted from its begin. */
import { setTimeout as sleep } from 'node:timers/promises';

export type Pace = (done: number, signal: AbortSignal) => Promise<void>;

/** `rate`: items a second; Infinity: no bound. The returned function waits until `done` items may have been done. */
export function createPace(rate: number): Pace {
  const began = performance.now();
  return async (done, signal) => {
    const ahead = began + (1000 * done) / rate - performance.now();
    if (ahead > 0) await sleep(ahead, undefined, { signal });
  };
}
