/** Reads that go with the commands, of which only the status is looked at, or of some the body. */

export interface Reads {
  /** Rejects when nobody answers. */
  readonly get: (path: string, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** The body is read to its end, so that the connection is free for the next. */
  readonly statusOf: (path: string, headers?: Readonly<Record<string, string>>) => Promise<number>;
  /** What somebody sees who has just done something: with the token of the command, not older than it. */
  readonly statusAfter: (path: string, consistencyToken: string) => Promise<number>;
}

const TIMEOUT_MS = 15_000;
const WAIT_SECONDS = 5;

export function createReads(readApiUrl: string, token: string | null, signal: AbortSignal): Reads {
  const get: Reads['get'] = (path, headers = {}) =>
    fetch(`${readApiUrl}${path}`, {
      headers: { ...headers, ...(token !== null && { authorization: `Bearer ${token}` }) },
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
  const statusOf: Reads['statusOf'] = async (path, headers) => {
    const response = await get(path, headers);
    await response.arrayBuffer();
    return response.status;
  };
  return {
    get,
    statusOf,
    statusAfter: (path, consistencyToken) =>
      statusOf(path, { 'consistency-token': consistencyToken, prefer: `wait=${WAIT_SECONDS}` }),
  };
}
