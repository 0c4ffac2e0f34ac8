import type { WitnessedFind } from '../readers/witnessed-find.ts';
import type { LoadReached } from './arrivals.ts';

/** `find`: of documents in any phase. They come whole: whoever has waited for one is answered with what the look has found. */
export function createLoadReached(find: WitnessedFind): LoadReached {
  return async (ids) =>
    new Map(
      (await find(ids)).map(({ id, phase, found }) => [
        id,
        { phase, revision: phase === 'live' ? found.revision : null },
      ]),
    );
}
