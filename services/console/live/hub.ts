/**
 * Server-sent events for many browsers. Of each kind of event only the latest matters: one that comes gets those at once, and one that reads
 * slowly is given the latest when it reads again, so that nothing queues up for it.
 */
import { Readable } from 'node:stream';

export interface Hub {
  /** To all that watch, and to those that come. */
  publish(event: string, data: unknown): void;
  /** Those that come are not told it any more. */
  forget(event: string): void;
  /** `until`: ends by then, as the token of whoever watches does; milliseconds since 1970. null: as many watch as may. */
  open(until: number): Readable | null;
  /** Ends every stream. */
  stop(): void;
}

export interface HubOptions {
  readonly mostWatchers: number;
  readonly heartbeatMs: number;
}

interface Watcher {
  readonly stream: Readable;
  readonly until: number;
  tell(event: string, text: string): void;
  /** Whether it has read nothing since the beat before. */
  isStill(): boolean;
}

/** A comment, as the format has it: it keeps proxies from taking the stream for dead. */
const HEARTBEAT = ': \n\n';
const BEAT = 'heartbeat';

export function createHub({ mostWatchers, heartbeatMs }: HubOptions): Hub {
  const latest = new Map<string, string>();
  const watchers = new Set<Watcher>();

  const timer = setInterval(() => {
    for (const each of watchers) {
      if (each.isStill()) each.stream.destroy();
      else if (Date.now() + heartbeatMs > each.until) each.stream.push(null);
      else each.tell(BEAT, HEARTBEAT);
    }
  }, heartbeatMs);

  return {
    publish(event, data) {
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      // In the order in which they came about.
      latest.delete(event);
      latest.set(event, text);
      for (const each of watchers) each.tell(event, text);
    },
    forget: (event) => void latest.delete(event),
    open(until) {
      if (watchers.size >= mostWatchers) return null;
      const watcher = createWatcher(latest, until);
      watchers.add(watcher);
      watcher.stream.once('close', () => watchers.delete(watcher));
      return watcher.stream;
    },
    stop() {
      clearInterval(timer);
      for (const { stream } of watchers) stream.push(null);
    },
  };
}

function createWatcher(latest: ReadonlyMap<string, string>, until: number): Watcher {
  const waiting = new Map(latest);
  let isWanted = false;
  const flush = (): void => {
    const [next] = waiting;
    if (!isWanted || next === undefined) return;
    isWanted = false;
    waiting.delete(next[0]);
    stream.push(next[1]);
  };
  // Without a buffer of its own: what waits is in `waiting`, where the latest takes the place of the one before.
  const stream = new Readable({
    highWaterMark: 0,
    read() {
      isWanted = true;
      flush();
    },
  });
  return {
    stream,
    until,
    tell(event, text) {
      waiting.delete(event);
      waiting.set(event, text);
      flush();
    },
    isStill: () => waiting.has(BEAT),
  };
}
