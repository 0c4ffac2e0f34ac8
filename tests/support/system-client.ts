/** The running system's two APIs, asked over HTTP as any client would. */
import { toAnswer } from './read-api.ts';
import type { ReadAnswer } from './read-api.ts';
import { runningSystem } from './stack.ts';

export interface Acknowledged {
  readonly id: string;
  readonly version: number;
  readonly token: string;
  readonly etag: string;
  readonly location: string;
}

type Headers = Readonly<Record<string, string>>;
type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const TIMEOUT_MS = 40_000;

/** A command to the write API, whatever it is answered with. */
export async function send(
  method: Method,
  path: string,
  body?: unknown,
  headers: Headers = {},
): Promise<ReadAnswer> {
  const json = body === undefined ? {} : { 'content-type': 'application/json' };
  return ask(`${runningSystem().writeApiUrl}${path}`, {
    method,
    headers: { ...json, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** A command that must be acknowledged. @throws Error with the answer when it is not. */
export async function command(
  method: Method,
  path: string,
  body?: unknown,
  headers: Headers = {},
): Promise<Acknowledged> {
  const answer = await send(method, path, body, headers);
  const token = answer.headers['consistency-token'];
  if (answer.status >= 300 || token === undefined)
    throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
  return {
    id: String(answer.body['id']),
    version: Number(answer.body['version']),
    token,
    etag: answer.headers['etag'] ?? '',
    location: answer.headers['location'] ?? '',
  };
}

/** A read from the read API. */
export async function read(path: string, headers: Headers = {}): Promise<ReadAnswer> {
  return ask(`${runningSystem().readApiUrl}${path}`, { headers });
}

/** What a reader sends to see that command's effect. */
export function after({ token }: Acknowledged, waitSeconds = 20): Headers {
  return { 'consistency-token': token, prefer: `wait=${waitSeconds}` };
}

let users = 0;
const run = Date.now().toString(36);

/** An address that no other user of this run has. */
export function newEmail(): string {
  users += 1;
  return `User.${users}.${run}.${process.pid}@Example.com`;
}

async function ask(url: string, init: RequestInit): Promise<ReadAnswer> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
  return toAnswer(response.status, Object.fromEntries(response.headers), await response.text());
}
