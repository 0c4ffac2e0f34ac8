/** One reader that asks every few milliseconds, and how long it has waited when: what it feels of something that is done meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface OneReader {
  /** The longest answer, in ms, of those since `since` (performance.now()). @throws Error when one was none. */
  stop(since: (now: number) => number): Promise<number>;
}

/** It is to feel what is done, and not to slow it. */
const EVERY_MS = 5;

export function startOneReader(url: string): OneReader {
  const answers: Array<readonly [begun: number, ms: number]> = [];
  const over = new AbortController();
  const read = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const begun = performance.now();
      const response = await fetch(url);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      answers.push([begun, performance.now() - begun]);
      await sleep(EVERY_MS);
    }
  };
  const reading = read();
  reading.catch(() => undefined); // told by stop
  return {
    async stop(since) {
      const from = since(performance.now());
      over.abort();
      await reading;
      return Math.max(...answers.filter(([begun]) => begun >= from).map(([, ms]) => ms));
    },
  };
}
