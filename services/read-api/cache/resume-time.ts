import { Timestamp } from 'mongodb';

/** The token's first field: a type byte, then seconds and counter, four bytes each. So it has been since MongoDB 4.0.7. */
const CLUSTER_TIME = /^82([\dA-F]{8})([\dA-F]{8})/i;

/** Up to which cluster time a change stream has told everything, by its resume token. null: a token of another form. */
export function resumeTime(token: unknown): Timestamp | null {
  if (typeof token !== 'object' || token === null || !('_data' in token)) return null;
  const match = CLUSTER_TIME.exec(String(token._data));
  if (!match) return null;
  return new Timestamp({ t: Number.parseInt(match[1] ?? '', 16), i: Number.parseInt(match[2] ?? '', 16) });
}
