/** Tells both clients where their APIs are and what they send with each request. */
import { defaults as reading } from './generated/read-api.ts';
import { defaults as writing } from './generated/write-api.ts';

export interface Connection {
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  /** null: the APIs let everybody in. */
  readonly token: string | null;
}

export function connect({ writeApiUrl, readApiUrl, token }: Connection): void {
  writing.baseUrl = writeApiUrl;
  reading.baseUrl = readApiUrl;
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  writing.headers = headers;
  reading.headers = headers;
}
