/** What the clients of a load ask for. */
import type { Answer, HttpConnection } from './http-connection.ts';

/** refused: by a rule of the domain, which is an answer as good as any. */
export type Outcome = 'done' | 'refused';

/** @throws Error where it was not answered as it should be. */
export type Ask = (connection: HttpConnection) => Promise<Outcome>;

export interface Asks {
  /** `n`: how many went before. */
  readonly write: (n: number) => Ask;
  readonly read: (n: number) => Ask;
}

export function reading(path: string): Ask {
  return async (api) => done(await api.ask('GET', path), path);
}

/** @throws Error that names what was `asked`. */
export function done({ status, body }: Answer, asked: string): Outcome {
  if (status >= 400) throw new Error(`${asked}: ${status} ${body.slice(0, 200)}`);
  return 'done';
}
