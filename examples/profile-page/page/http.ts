/** One request and its answer, with what the page shows of both. */
import { parseFreshness } from './freshness.ts';
import type { Freshness } from './types.ts';

/** As it is sent; `path` begins with /write or /read, by which the page's server knows the API. */
export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Exchange {
  readonly ask: Ask;
  readonly status: number;
  readonly etag: string | null;
  readonly token: string | null;
  /** as it was sent; '' where there was none */
  readonly freshnessText: string;
  readonly freshness: Freshness;
  /** as JSON; null where there is none */
  readonly body: unknown;
  /** by performance.now() */
  readonly sentAt: number;
  readonly answeredAt: number;
}

/** Everything is asked for anew: of the browser's own cache nothing is taken. */
export const ANEW = { cache: 'no-store' } as const;

/** @throws TypeError when no answer comes; what `until` was ended with */
export async function exchange(ask: Ask, until?: AbortSignal): Promise<Exchange> {
  const { method, path, headers = {}, body } = ask;
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  const sentAt = performance.now();
  const response = await fetch(path, {
    method,
    headers: { ...json, ...headers },
    ...ANEW,
    ...(until && { signal: until }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answeredAt = performance.now();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return {
    ask,
    status: response.status,
    etag: response.headers.get('etag'),
    token: response.headers.get('consistency-token'),
    freshnessText: response.headers.get('freshness') ?? '',
    freshness: parseFreshness(response.headers.get('freshness')),
    body: isJson && text !== '' ? JSON.parse(text) : null,
    sentAt,
    answeredAt,
  };
}

export function versionIn(body: unknown): number | null {
  const version = (body as { readonly version?: unknown } | null)?.version;
  return typeof version === 'number' ? version : null;
}

/** Why a command or a read was refused, in the API's own words. */
export function reasonOf({ status, body }: Exchange): string {
  const { title, detail } = (body ?? {}) as { readonly title?: string; readonly detail?: string };
  return [title ?? `status ${status}`, detail].filter((part) => part !== undefined).join(': ');
}
