/** Reads at an even pace while the write API takes commands at theirs: how long do the readers wait? */
import { setTimeout as sleep } from 'node:timers/promises';
import { runLoad } from './read-load.ts';
import type { LoadResult, ReadRequest } from './read-load.ts';

export interface Mixed {
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  readonly ids: readonly string[];
  readonly requests: readonly ReadRequest[];
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  readonly seconds: number;
  readonly signal: AbortSignal;
}

export async function readsWhileWriting(mixed: Mixed): Promise<LoadResult & { readonly writes: number }> {
  const { writeApiUrl, readApiUrl, ids, requests, readsPerSecond, writesPerSecond, seconds, signal } = mixed;
  const stopping = new AbortController();
  const write = async (): Promise<number> => {
    const began = performance.now();
    for (let i = 0; !stopping.signal.aborted; i++) {
      const response = await fetch(`${writeApiUrl}/users/${ids[(i * 7919) % ids.length]}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ bio: `written ${i} while others read` }),
        signal,
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`a write was answered with ${response.status}`);
      await sleep(Math.max(0, began + ((i + 1) * 1000) / writesPerSecond - performance.now()));
      if (stopping.signal.aborted) return i + 1;
    }
    return 0;
  };
  const writing = write();
  try {
    const result = await runLoad('paced', [readApiUrl, readsPerSecond, seconds], requests);
    stopping.abort();
    return { ...result, writes: await writing };
  } finally {
    stopping.abort();
    await writing;
  }
}
