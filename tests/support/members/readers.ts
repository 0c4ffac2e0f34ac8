/**
 * Readers that go from one read API to the other with a token of what was acknowledged, or of what they have read already: no answer
 * may be older than the token unless it says so, and none older than what the same reader was shown with it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeToken } from '../../../services/shared/consistency-token.ts';
import { createRandom } from '../../../services/shared/random.ts';
import type { ReadAnswer } from '../read-api.ts';
import type { Client } from './client.ts';
import type { WrittenUser } from './writers.ts';

export interface Read {
  reads: number;
  /** Answers that said that they are older than the token asked for. */
  stale: number;
  readonly backwards: string[];
  /** Answers that no such read should get. */
  readonly unexpected: string[];
}

const WAIT_SECONDS = 10;

export async function readOwnWrites(
  client: Client,
  users: readonly WrittenUser[],
  read: Read,
  seed: number,
  stop: AbortSignal,
  pauseMs: number,
): Promise<void> {
  const random = createRandom(seed);
  const shown = new Map<string, number>();
  for (let turn = 0; !stop.aborted; turn++) {
    await sleep(pauseMs);
    const user = random.pick(users);
    if (user === undefined || user.isDeleted) continue;
    const before = shown.get(user.id) ?? 0;
    const asked = Math.max(before, user.version);
    const answer = await readSince(client, user.id, asked, turn);
    // Deleted while it was read: whatever the answer is, it may be right.
    if (user.isDeleted) continue;
    read.reads += 1;
    if (isStale(answer)) {
      read.stale += 1;
      // Of a user that has just been made there may be nothing yet.
      if (answer.status === 404 && before === 0) continue;
    }
    const version = Number(answer.body['version']);
    if (answer.status !== 200) read.unexpected.push(`${user.id}: ${answer.status} ${answer.text}`);
    else if (version < (isStale(answer) ? before : asked))
      read.backwards.push(`${user.id}: ${version} after ${before}, asked for ${asked}: ${told(answer)}`);
    else shown.set(user.id, Math.max(before, version));
  }
}

/** The profile, not older than that version; else as it is after ten seconds. */
export function readSince(client: Client, id: string, revision: number, first: number): Promise<ReadAnswer> {
  const token = encodeToken({ id, revision, deleted: false });
  const headers = { 'consistency-token': token, prefer: `wait=${WAIT_SECONDS}` };
  return client.ask(`/profiles/${id}`, { headers }, first);
}

export function isStale({ freshness }: ReadAnswer): boolean {
  return freshness['stale'] !== '?0';
}

function told({ headers }: ReadAnswer): string {
  return headers['freshness'] ?? 'no freshness';
}
