/** A reader that never stops: it remembers the newest state it saw of each document and tells any answer that is older (invariant 3). */
import type { Random } from '../../../services/shared/random.ts';
import type { Population } from './population.ts';

export interface WatchReport {
  reads: number;
  readonly backwards: string[];
}

interface Seen {
  readonly partition: number;
  readonly offset: number;
  readonly version: number;
}

/** `collectionUrl`: of the read API's documents, without the id. */
export async function watchForward(
  collectionUrl: string,
  random: Random,
  people: Population,
  stop: AbortSignal,
): Promise<WatchReport> {
  const report: WatchReport = { reads: 0, backwards: [] };
  const newest = new Map<string, Seen>();
  while (!stop.aborted) {
    const id = people.any(random);
    if (id === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      continue;
    }
    const seen = await read(collectionUrl, id);
    if (seen === null) continue;
    report.reads++;
    const before = newest.get(id);
    if (
      before &&
      (seen.partition !== before.partition || seen.offset < before.offset || seen.version < before.version)
    ) {
      report.backwards.push(`${id}: ${JSON.stringify(before)} then ${JSON.stringify(seen)}`);
    }
    newest.set(id, seen);
  }
  return report;
}

/** null when the document is not there (yet, or any more), or the API cannot be reached. */
async function read(collectionUrl: string, id: string): Promise<Seen | null> {
  try {
    const response = await fetch(`${collectionUrl}/${id}`, { signal: AbortSignal.timeout(10_000) });
    const body = (await response.json()) as { version?: number };
    const position = /position="(\d+):(\d+)"/.exec(response.headers.get('freshness') ?? '');
    if (response.status !== 200 || !position || body.version === undefined) return null;
    return { partition: Number(position[1]), offset: Number(position[2]), version: body.version };
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 20)); // the API is being restarted
    return null;
  }
}
