/** How long after a kill a new document can be read again: commands that are sent only then, and their effect at either read API. */
import { performance } from 'node:perf_hooks';
import { waitFor } from '../../../stack/wait.ts';
import { createRandom } from '../../../services/shared/random.ts';
import type { Client } from './client.ts';
import { isStale, readSince } from './readers.ts';
import { create } from './writers.ts';
import type { Written } from './writers.ts';

export interface Gap {
  readonly killed: string;
  /** From the kill until the first of them could be read, and until all could, in ms. */
  readonly firstMs: number;
  readonly allMs: number;
}

/** Enough that hardly a partition is left out. */
const PROBES = 32;
const GAP_MS = 90_000;

/** `since`: when the member was killed, as `performance.now()` told it. */
export async function gapSince(
  since: number,
  killed: string,
  writeApi: Client,
  readApi: Client,
  written: Written,
): Promise<Gap> {
  const random = createRandom(since);
  const after = await Promise.all(
    Array.from({ length: PROBES }, async (_, n) => {
      const made = await create(writeApi, written, random);
      if (!made) throw new Error(`a new user was refused: ${written.unexpected.at(-1)}`);
      await waitFor(
        `${made.id} to be readable after the loss of ${killed}`,
        async () => !isStale(await readSince(readApi, made.id, 1, n)),
        { timeoutMs: GAP_MS },
      );
      return performance.now() - since;
    }),
  );
  return { killed, firstMs: Math.round(Math.min(...after)), allMs: Math.round(Math.max(...after)) };
}
