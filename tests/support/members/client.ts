/**
 * A client of several processes of one API: where one is gone, or says that it cannot now, the same request goes to the next one. Everything
 * else is an answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../../stack/errors.ts';
import { toAnswer } from '../read-api.ts';
import type { ReadAnswer } from '../read-api.ts';

export interface Client {
  /** `first`: of the processes, the one that is asked first. @throws Error when none has answered in time. */
  ask(path: string, init?: RequestInit, first?: number): Promise<ReadAnswer>;
  /** How often it was asked again, by the reason: `503 <type>`, or the address that could not be reached. */
  readonly again: ReadonlyMap<string, number>;
}

const ANSWER_MS = 40_000;
const PATIENCE_MS = 90_000;
const PAUSE_MS = 50;

export function createClient(urls: readonly string[]): Client {
  const again = new Map<string, number>();
  const count = (reason: string): void => void again.set(reason, (again.get(reason) ?? 0) + 1);
  return {
    again,
    ask: async (path, init = {}, first = 0) => {
      const deadline = performance.now() + PATIENCE_MS;
      let reason = '';
      for (let turn = first; performance.now() < deadline; turn++) {
        const url = urls[turn % urls.length] ?? '';
        try {
          const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(ANSWER_MS) });
          const answer = toAnswer(
            response.status,
            Object.fromEntries(response.headers),
            await response.text(),
          );
          if (!isPassing(answer)) return answer;
          reason = `503 ${String(answer.body['type'])}`;
        } catch (error) {
          reason = `${url} ${causeOf(error)}`;
        }
        count(reason);
        await sleep(PAUSE_MS);
      }
      throw new Error(`${init.method ?? 'GET'} ${path}: no process has answered, the last: ${reason}`);
    },
  };
}

/** As the documents of both APIs promise it: 503, and when to come again. */
function isPassing({ status, headers }: ReadAnswer): boolean {
  return status === 503 && headers['retry-after'] !== undefined;
}

/** `fetch` says only that it failed; what it failed on is its cause. */
function causeOf(error: unknown): string {
  const cause = typeof error === 'object' && error !== null && 'cause' in error ? error.cause : error;
  return messageOf(cause);
}
