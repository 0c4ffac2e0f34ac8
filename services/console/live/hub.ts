/** Server-sent events for many browsers. One that comes gets the latest event of each kind at once, and then the latest as they come about. */
import type { ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';
import { createLatestStream } from '../../shared/latest-stream.ts';
import type { LatestStream } from '../../shared/latest-stream.ts';

export interface Hub {
  /** To all that watch, and to those that come. */
  publish(event: string, data: unknown): void;
  /** Those that come are not told it any more. */
  forget(event: string): void;
  /** The body of `response`. `until`: ends by then, as the token of whoever watches does; milliseconds since 1970. null: as many watch as may. */
  open(response: ServerResponse, until: number): Readable | null;
  /** Ends every stream. */
  stop(): void;
}

export interface HubOptions {
  readonly mostWatchers: number;
  readonly heartbeatMs: number;
}

export function createHub({ mostWatchers, heartbeatMs }: HubOptions): Hub {
  const latest = new Map<string, string>();
  const watchers = new Set<LatestStream>();
  return {
    publish(event, data) {
      const text = `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
      // In the order in which they came about.
      latest.delete(event);
      latest.set(event, text);
      for (const each of watchers) each.send(event, text);
    },
    forget: (event) => void latest.delete(event),
    open(response, until) {
      if (watchers.size >= mostWatchers) return null;
      const watcher = createLatestStream({
        response,
        heartbeatMs,
        until,
        onClose: () => watchers.delete(watcher),
      });
      watchers.add(watcher);
      for (const [event, text] of latest) watcher.send(event, text);
      return watcher.body;
    },
    stop() {
      for (const each of watchers) each.end();
    },
  };
}
