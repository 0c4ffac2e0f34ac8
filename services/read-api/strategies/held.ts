/** The strategies that need no question to MongoDB before the lookup, which may be no question either: the documents are at hand, or are looked up. */
import type { ConsistencyToken } from '../../shared/consistency-token.ts';
import type { ReadCache } from '../cache/read-cache.ts';
import type { AsOf } from '../freshness/as-of.ts';
import { hasReached } from '../freshness/has-reached.ts';
import type { Reader } from '../readers/reader.ts';
import type { Standing } from './standing.ts';

export interface Held {
  /** Whatever the documents hold now. */
  eventual(): Standing;
  /** Where the token's document is at hand and has got as far as the token says; else null. */
  reached(token: ConsistencyToken, seconds: number | null): Standing | null;
}

export function createHeld(reader: Reader, cache: ReadCache, asOf: AsOf): Held {
  // What is at hand shows the changes that the cache was told of, and a lookup shows more.
  const proven = (): Date | null => asOf(cache.provenUntil());
  return {
    eventual: () => ({ strategy: 'eventual', reader, stale: null, waitApplied: null, asOf: proven() }),
    reached(token, seconds) {
      const found = cache.get(token.id);
      if (!found || !hasReached(token, { phase: 'live', revision: found.revision })) return null;
      return { strategy: 'wait', reader, stale: false, waitApplied: seconds, asOf: proven() };
    },
  };
}
