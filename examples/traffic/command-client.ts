/** Sends commands, each once whatever happens on the way: the same Idempotency-Key again until there is an answer. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface Command {
  readonly name: string;
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: object;
}

export type Outcome =
  | { readonly kind: 'done'; readonly id: string; readonly version: number; readonly token: string }
  /** What the application says no to: the domain's own refusals. */
  | { readonly kind: 'refused'; readonly problem: string }
  /** No answer until it was stopped: it may be done or not. */
  | { readonly kind: 'unknown' }
  /** What no command of ours should get. */
  | { readonly kind: 'unexpected'; readonly answer: string };

const TIMEOUT_MS = 15_000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2000;

export interface CommandClientOptions {
  readonly writeApiUrl: string;
  /** null: everybody is let in. */
  readonly token: string | null;
  /** kinds that a command may meet which makes sense */
  readonly refusals: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export type SendCommand = (command: Command, key: string) => Promise<Outcome>;

/** Never rejects. */
export function createCommandClient({
  writeApiUrl,
  token,
  refusals,
  signal,
}: CommandClientOptions): SendCommand {
  return async ({ method, path, body }, key) => {
    for (let pause = FIRST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        const response = await fetch(`${writeApiUrl}${path}`, {
          method,
          headers: {
            'idempotency-key': key,
            ...(token !== null && { authorization: `Bearer ${token}` }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
          },
          ...(body !== undefined && { body: JSON.stringify(body) }),
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        const outcome = outcomeOf(response, await response.text(), refusals);
        if (outcome !== null) return outcome;
      } catch {
        // Stopped, not there, or gone in the middle of it: what became of the command is told to the same key.
      }
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
    return { kind: 'unknown' };
  };
}

/** null: not now, but perhaps later. */
function outcomeOf(response: Response, text: string, refusals: ReadonlySet<string>): Outcome | null {
  if (response.status === 503 || response.status === 429) return null;
  if (response.ok) {
    const { id, version } = JSON.parse(text) as { readonly id: string; readonly version: number };
    return { kind: 'done', id, version, token: response.headers.get('consistency-token') ?? '' };
  }
  const [, problem = ''] = /"type":"\/problems\/([\w-]+)"/.exec(text) ?? [];
  if (refusals.has(problem)) return { kind: 'refused', problem };
  return { kind: 'unexpected', answer: `${response.status} ${text.slice(0, 300)}` };
}
