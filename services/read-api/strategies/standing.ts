/** What a strategy has made sure of before the lookup, and so what the answer may claim. */
import type { Reader } from '../readers/reader.ts';

export interface Standing {
  readonly strategy: 'eventual' | 'wait' | 'source';
  readonly reader: Reader;
  /** whether the answer may be older than what was asked for; null when nothing was */
  readonly stale: boolean | null;
  /** seconds of `Prefer: wait` that were applied; null when none was */
  readonly waitApplied: number | null;
  /** Every commit before this time is in the documents. Known before the lookup, so it holds for what the lookup finds. */
  readonly asOf: Date | null;
}
