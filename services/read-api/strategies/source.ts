import { ProblemError } from '../../shared/problem.ts';
import type { Reader } from '../readers/reader.ts';
import type { Standing } from './standing.ts';

/** What Postgres holds now, by the same definition. Nothing can be newer, so it satisfies every token without a wait. */
export function source(reader: Reader | null): Standing {
  if (!reader) throw noSource();
  return { strategy: 'source', reader, stale: false, waitApplied: null, asOf: null };
}

export function noSource(): ProblemError {
  return new ProblemError(503, 'source-not-configured', 'This service has no connection to the source');
}
