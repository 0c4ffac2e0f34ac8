/** A client of server-sent events, over a connection of its own. */
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { waitFor } from '../../stack/wait.ts';

export interface Event {
  readonly event: string;
  readonly id: string | undefined;
  readonly retry: number | undefined;
  /** as JSON */
  readonly data: { readonly freshness: string; readonly document?: Readonly<Record<string, unknown>> };
  /** performance.now() */
  readonly at: number;
}

export interface Events {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** All that came, oldest first. */
  readonly all: readonly Event[];
  /** What is no event: the body of a refusal, comments. */
  readonly rest: () => string;
  /** How it ended; null while it goes on. */
  readonly ended: () => 'whole' | 'cut' | null;
  /** Resolves with the first that it holds of, the past ones among them. */
  until(what: string, holds: (event: Event) => boolean): Promise<Event>;
  /** Takes nothing any more, and takes again. */
  pause(): void;
  resume(): void;
  close(): void;
}

const DEADLINE_MS = 20_000;

/** Resolves when the answer begins; a refusal, when it is whole. */
export async function openEvents(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Events> {
  const asked = request(url, { headers: { ...headers }, agent: false });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    asked.once('error', reject);
    asked.once('response', resolve);
    asked.end();
  });
  asked.on('error', () => undefined); // a connection that is cut: `ended` says so
  const all: Event[] = [];
  let rest = '';
  let text = '';
  let ended: 'whole' | 'cut' | null = null;
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventOf(block);
      if (event) all.push(event);
      else rest += block;
    }
  });
  response.on('error', () => undefined);
  response.once('close', () => {
    ended = response.complete ? 'whole' : 'cut';
  });
  const status = response.statusCode ?? 0;
  if (status !== 200)
    await waitFor('the refusal', () => ended !== null, { timeoutMs: DEADLINE_MS, intervalMs: 2 });
  return {
    status,
    headers: response.headers,
    all,
    rest: () => rest + text,
    ended: () => ended,
    until: (what, holds) => waitFor(what, () => all.find(holds), { timeoutMs: DEADLINE_MS, intervalMs: 2 }),
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => asked.destroy(),
  };
}

function eventOf(block: string): Event | null {
  const fields = new Map(
    block
      .split('\n')
      .filter((line) => !line.startsWith(':'))
      .map((line) => {
        const [name = '', ...value] = line.split(': ');
        return [name, value.join(': ')] as const;
      }),
  );
  const event = fields.get('event');
  if (event === undefined) return null;
  const retry = fields.get('retry');
  return {
    event,
    id: fields.get('id'),
    retry: retry === undefined ? undefined : Number(retry),
    data: JSON.parse(fields.get('data') ?? '') as Event['data'],
    at: performance.now(),
  };
}
