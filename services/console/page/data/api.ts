/** Requests to the console's own server, each with the token. */

/** A refusal (problem+json), in words for a person. Status 0: the server was not reached. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Streamed {
  readonly body: ReadableStream<Uint8Array>;
  /** By the server's clock; null: it does not say. */
  readonly servedAt: string | null;
}

export interface Api {
  get<Answer>(path: string): Promise<Answer>;
  post<Answer>(path: string, body: unknown): Promise<Answer>;
  remove(path: string): Promise<void>;
  /** The answer as it streams in. */
  stream(path: string, signal: AbortSignal): Promise<Streamed>;
}

export function createApi(token: string): Api {
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${token}`);
    let response: Response;
    try {
      response = await fetch(path, { ...init, headers });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') throw error;
      throw new ApiError(0, 'the console does not answer');
    }
    if (!response.ok) throw new ApiError(response.status, await refusalOf(response));
    return response;
  };
  return {
    get: async <Answer>(path: string) => parseExact(await (await ask(path)).text()) as Answer,
    post: async <Answer>(path: string, body: unknown) => {
      const response = await ask(path, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      });
      return response.json() as Promise<Answer>;
    },
    remove: async (path) => {
      await ask(path, { method: 'DELETE' });
    },
    stream: async (path, signal) => {
      const { body, headers } = await ask(path, { signal, headers: { accept: 'text/event-stream' } });
      if (body === null) throw new ApiError(0, 'the console has sent nothing');
      return { body, servedAt: headers.get('date') };
    },
  };
}

/**
 * A numeral that a double cannot hold stays as it was written, where the browser can do that: documents hold exact decimals, and the page shows
 * them and never reckons with them.
 */
function parseExact(text: string): unknown {
  const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };
  return JSON.parse(text, (_name, value: unknown, context?: { readonly source?: string }) => {
    const source = context?.source;
    const isExact = typeof value !== 'number' || source === undefined || String(value) === source;
    return isExact || rawJSON === undefined ? value : rawJSON(source);
  });
}

async function refusalOf(response: Response): Promise<string> {
  const text = await response.text();
  if (!(response.headers.get('content-type') ?? '').includes('json'))
    return text || `HTTP ${response.status}`;
  const { title, detail } = JSON.parse(text) as { readonly title?: string; readonly detail?: string };
  return detail ?? title ?? `HTTP ${response.status}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Whether the token is what is wrong. */
export function isRefusedToken(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403);
}
