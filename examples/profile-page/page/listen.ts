/** Server-sent events by fetch, which tells how a stream was refused; EventSource does not. */
import { parseFreshness } from './freshness.ts';
import { ANEW } from './http.ts';
import type { Freshness, Profile } from './types.ts';

export interface Heard {
  /** null: there is no such document any more */
  readonly document: Profile | null;
  readonly freshness: Freshness;
  /** by performance.now() */
  readonly at: number;
}

export interface Ear {
  heard(heard: Heard): void;
  /** Until it is heard again. `why`: in words. */
  lost(why: string): void;
}

const LONGEST_PAUSE_MS = 10_000;
/** There is a sign of life each 15 s: of a connection that gives none nothing is known, though it may look open for hours. */
const SILENCE_MS = 40_000;

/** Goes on until the page is left; comes again when the stream ends. */
export async function listen(path: string, ear: Ear): Promise<never> {
  let pauseMs = 1000;
  for (let failures = 0; ; failures += 1) {
    try {
      await follow(path, {
        retry: (ms) => (pauseMs = ms),
        heard: (heard) => {
          failures = 0;
          ear.heard(heard);
        },
      });
      ear.lost('the stream ended');
    } catch (error) {
      ear.lost(error instanceof Error ? error.message : String(error));
    }
    const ms = Math.min(pauseMs * 2 ** Math.min(failures, 4), LONGEST_PAUSE_MS);
    await new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  }
}

interface Follower {
  retry(this: void, ms: number): void;
  heard(this: void, heard: Heard): void;
}

async function follow(path: string, follower: Follower): Promise<void> {
  const silence = new AbortController();
  const fallSilent = (): void => silence.abort(new Error(`nothing was heard for ${SILENCE_MS / 1000} s`));
  let timer = setTimeout(fallSilent, SILENCE_MS);
  const signOfLife = (): void => {
    clearTimeout(timer);
    timer = setTimeout(fallSilent, SILENCE_MS);
  };
  try {
    await followWhile(silence.signal, signOfLife, path, follower);
  } finally {
    clearTimeout(timer);
  }
}

async function followWhile(
  signal: AbortSignal,
  signOfLife: () => void,
  path: string,
  { retry, heard }: Follower,
): Promise<void> {
  const headers = { accept: 'text/event-stream' };
  const response = await fetch(path, { ...ANEW, headers, signal });
  if (!response.ok || response.body === null) throw new Error(`refused with ${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    signOfLife();
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = fieldsOf(block);
      if (fields.has('retry')) retry(Number(fields.get('retry')));
      if (!fields.has('event')) continue;
      const data = JSON.parse(fields.get('data') ?? '') as { freshness: string; document?: Profile };
      heard({
        document: data.document ?? null,
        freshness: parseFreshness(data.freshness),
        at: performance.now(),
      });
    }
  }
}

/** A comment is a line without a name. */
function fieldsOf(block: string): ReadonlyMap<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
    }),
  );
}
