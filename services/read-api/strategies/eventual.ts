import type { AsOf } from '../freshness/as-of.ts';
import type { Reader } from '../readers/reader.ts';
import type { Standing } from './standing.ts';

/** Whatever the documents hold now. */
export function eventual(reader: Reader, asOf: AsOf): Standing {
  return { strategy: 'eventual', reader, stale: null, waitApplied: null, asOf: asOf() };
}
