/** From a request to its strategy: the client chooses, by `consistency` and `Consistency-Token`. */
import { decodeToken } from '../../shared/consistency-token.ts';
import type { ConsistencyToken } from '../../shared/consistency-token.ts';
import { ProblemError } from '../../shared/problem.ts';
import type { Arrivals } from '../freshness/arrivals.ts';
import type { ReadCache } from '../cache/read-cache.ts';
import type { AsOf } from '../freshness/as-of.ts';
import { preferredWait } from '../http/prefer.ts';
import type { Reader } from '../readers/reader.ts';
import { createHeld } from './held.ts';
import { source } from './source.ts';
import type { Standing } from './standing.ts';
import { wait } from './wait.ts';

/** What of a request says how fresh its answer is to be. */
export interface FreshnessRequest {
  readonly consistency: 'eventual' | 'source';
  readonly token: string | undefined;
  readonly prefer: string | undefined;
  /** aborts when nobody waits for the answer any more */
  readonly signal: () => AbortSignal;
}

export interface StrategyMeans {
  readonly documents: Reader;
  /** the same documents, where the cache has them */
  readonly cached: Reader;
  readonly cache: ReadCache;
  /** null: no source is configured */
  readonly source: Reader | null;
  /** null where the projection has no revision, which is what a token names */
  readonly arrivals: Arrivals | null;
  readonly asOf: AsOf;
  readonly maxWaitSeconds: number;
}

/** At once, where there is nothing to wait for. */
export type ChooseStrategy = (request: FreshnessRequest) => Standing | Promise<Standing>;

/** The function throws ProblemErrors: 400 for a token that cannot be read, 503 where the strategy's database is away. */
export function createStrategies(means: StrategyMeans): ChooseStrategy {
  const { documents, cached, cache, arrivals, asOf } = means;
  const held = createHeld(cached, cache, asOf);
  return ({ consistency, token: text, prefer, signal }) => {
    const token = text === undefined ? null : readToken(text);
    if (consistency === 'source') return source(means.source);
    if (!token) return held.eventual();
    if (!arrivals) throw badToken('names a revision, and the documents here have none');
    const preferred = preferredWait(prefer);
    const seconds = preferred === null ? null : Math.min(preferred, means.maxWaitSeconds);
    const request = { token, seconds };
    return (
      held.reached(token, seconds) ?? wait(arrivals, held, documents, asOf, { ...request, signal: signal() })
    );
  };
}

function readToken(text: string): ConsistencyToken {
  const token = decodeToken(text);
  if (!token) throw badToken('is not a token that the write API has given');
  return token;
}

export function badToken(detail: string): ProblemError {
  return new ProblemError(400, 'malformed-consistency-token', 'The Consistency-Token cannot be read', {
    errors: [{ pointer: 'headers/consistency-token', detail }],
  });
}
