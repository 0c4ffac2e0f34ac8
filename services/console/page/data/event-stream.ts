/**
 * Server-sent events by fetch, because EventSource cannot send the token. Connects again by itself, later and later, until it is stopped
 * or the token is refused.
 */
import { isRefusedToken, messageOf } from './api.ts';
import type { Api } from './api.ts';
import { createSplitter } from './split-events.ts';

export interface StreamEvents {
  /** `servedAt`: the answer's Date. */
  readonly onOpen: (servedAt: string | null) => void;
  readonly onEvent: (name: string, data: string) => void;
  /** It is tried again `inMs` later. */
  readonly onBroken: (why: string, inMs: number) => void;
  readonly onRefused: (error: unknown) => void;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/** The server says something at least every 15 s; a connection that is dead without a word is noticed by this. */
const SILENCE_MS = 40_000;

/** The returned function ends it. */
export function listen(api: Api, path: string, events: StreamEvents): () => void {
  const stopping = new AbortController();
  void keepListening(api, path, events, stopping.signal);
  return () => stopping.abort();
}

async function keepListening(
  api: Api,
  path: string,
  events: StreamEvents,
  stopping: AbortSignal,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  while (!stopping.aborted) {
    let why = 'the console has ended the stream';
    try {
      await readOnce(api, path, events, stopping, () => (waitMs = FIRST_WAIT_MS));
    } catch (error) {
      if (stopping.aborted) return;
      if (isRefusedToken(error)) {
        events.onRefused(error);
        return;
      }
      why = messageOf(error);
    }
    events.onBroken(why, waitMs);
    await pause(waitMs, stopping);
    waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS);
  }
}

async function readOnce(
  api: Api,
  path: string,
  events: StreamEvents,
  stopping: AbortSignal,
  onHeard: () => void,
): Promise<void> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  stopping.addEventListener('abort', end, { once: true });
  let silence = setTimeout(end, SILENCE_MS);
  try {
    const { body, servedAt } = await api.stream(path, ending.signal);
    events.onOpen(servedAt);
    const reader = body.getReader();
    const text = new TextDecoder();
    const split = createSplitter(events.onEvent);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(silence);
      silence = setTimeout(end, SILENCE_MS);
      onHeard();
      split(text.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(silence);
    stopping.removeEventListener('abort', end);
    ending.abort();
  }
}

/** Shorter when the page comes into view or the machine is on a network again. */
function pause(ms: number, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(finish, ms);
    const onSeen = (): void => {
      if (document.visibilityState === 'visible') finish();
    };
    function finish(): void {
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSeen);
      removeEventListener('online', finish);
      stopping.removeEventListener('abort', finish);
      resolve();
    }
    document.addEventListener('visibilitychange', onSeen);
    addEventListener('online', finish);
    stopping.addEventListener('abort', finish);
  });
}
