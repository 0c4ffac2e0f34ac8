/** The latest verdict, at hand for /readyz. One that grows old is itself a verdict: whoever measures hangs. */
import type { Cause } from '../shared/health/causes.ts';
import type { Verdict } from '../shared/health/verdict.ts';
import { stalledAt, wordsOf } from '../shared/health/verdict.ts';

export interface HealthBoard {
  post(verdict: Verdict): void;
  read(): Verdict;
}

/** Above the time of a measure in which every question runs into its limit. */
const FRESH_MS = 8000;

/** @param now in ms, of a clock that does not jump */
export function createHealthBoard(now: () => number): HealthBoard {
  let latest: Verdict = {
    state: 'starting',
    text: 'starting: nothing was measured yet',
    causes: [],
    warnings: [],
  };
  let postedAt = now();
  return {
    post: (verdict) => {
      latest = verdict;
      postedAt = now();
    },
    read: () => {
      const age = now() - postedAt;
      if (age <= FRESH_MS) return latest;
      const cause: Cause = {
        code: 'measure-hangs',
        text: `the projector has not measured its health for ${(age / 1000).toFixed(0)} s`,
        remedy: 'see projector.log; restart it when it says nothing',
      };
      const causes = latest.causes.length > 0 ? latest.causes : [cause];
      const first = causes[0] ?? cause;
      return { ...latest, state: 'stalled', text: `${stalledAt(first)} because ${wordsOf(first)}`, causes };
    },
  };
}
