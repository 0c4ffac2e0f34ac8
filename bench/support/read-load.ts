/** Load on an HTTP server from a process of its own; what it asks is handed over in a file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMeasured } from './measured-process.ts';

export interface ReadRequest {
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Times in milliseconds. */
export interface LoadResult {
  /** answers a second */
  readonly rate: number;
  readonly count: number;
  readonly notModified: number;
  /** neither 200 nor 304 */
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** @throws Error when any request was not answered with 200 or 304. */
export async function runLoad(
  args: readonly [url: string, ...numbers: readonly number[]],
  requests: readonly ReadRequest[],
): Promise<LoadResult> {
  const folder = mkdtempSync(join(tmpdir(), 'readside-load-'));
  const file = join(folder, 'requests.json');
  writeFileSync(file, JSON.stringify(requests));
  const child = startMeasured('bench/load/closed-loop.ts', [...args.map(String), file], {});
  try {
    const result = await child.line((line) =>
      line.startsWith('{') ? (JSON.parse(line) as LoadResult) : undefined,
    );
    if (result.failed > 0) throw new Error(`${result.failed} reads of ${args[0]} failed`);
    return result;
  } finally {
    await child.stop();
    rmSync(folder, { recursive: true });
  }
}
