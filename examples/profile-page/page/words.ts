/** How times and requests are written. */
import type { Ask } from './http.ts';

export function duration(ms: number): string {
  if (ms < 0) return '0 ms';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1000)} s`;
}

/** As the API sees it, ids shortened. */
export function requestLine({ method, path }: Ask): string {
  const own = path.replace(/^\/(?:read|write)/, '');
  return `${method} ${own.replaceAll(/([0-9a-f]{8})-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, '$1…')}`;
}

export function shortened(text: string, most = 44): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

/** A text as it is, everything else as JSON. */
export function plain(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
