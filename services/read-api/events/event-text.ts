/** What is told to whoever listens, as server-sent events (HTML, 9.2). Everything is JSON on one line, which needs no escape there. */
import { freshnessHeader } from '../http/freshness-header.ts';
import type { Seen } from './watched-documents.ts';

export const EVENTS_TYPE = 'text/event-stream';

/** The id is what `ETag` says of the same document: a client knows by it what it has, and may send it as If-Match. */
export function eventText({ found, asOf }: Seen): string {
  const freshness = freshnessHeader({ strategy: 'eventual', stale: null, asOf }, found?.told ?? '');
  const told = `{"freshness":${JSON.stringify(freshness)}`;
  if (!found) return `event: gone\ndata: ${told}}\n\n`;
  return `event: document\nid: ${found.etag.slice(1, -1)}\ndata: ${told},"document":${found.body}}\n\n`;
}

/** How long a client is to wait before it comes again. */
export function retryText(ms: number): string {
  return `retry: ${Math.round(ms)}\n`;
}
