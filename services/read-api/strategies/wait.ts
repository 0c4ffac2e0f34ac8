/**
 * Read your writes: the token's document has got as far as the token says before the lookup starts, whatever the lookup is.
 * Where it has not in time, the answer is what is there, and says so.
 */
import type { ConsistencyToken } from '../../shared/consistency-token.ts';
import type { Arrivals } from '../freshness/arrivals.ts';
import type { AsOf } from '../freshness/as-of.ts';
import type { Reader } from '../readers/reader.ts';
import type { Held } from './held.ts';
import type { Standing } from './standing.ts';

export interface WaitRequest {
  readonly token: ConsistencyToken;
  /** null: no wait is preferred; it is only looked whether the token is reached */
  readonly seconds: number | null;
  readonly signal: AbortSignal;
}

export async function wait(
  arrivals: Arrivals,
  held: Held,
  reader: Reader,
  asOf: AsOf,
  { token, seconds, signal }: WaitRequest,
): Promise<Standing> {
  const { reached, waitedFully } = await arrivals.until(token, (seconds ?? 0) * 1000, signal);
  // What the look has found is at hand as a rule, and needs no lookup.
  const atHand = reached ? held.reached(token, seconds) : null;
  if (atHand) return atHand;
  return {
    strategy: 'wait',
    reader,
    stale: !reached,
    waitApplied: waitedFully ? seconds : null,
    asOf: asOf(),
  };
}
