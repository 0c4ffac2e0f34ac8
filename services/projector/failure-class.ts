/** The one place that decides what becomes of a failure, by what the caller does next. */
import { ChangeError } from '../shared/projection/change-event.ts';
import { isPassing } from './retry-passing.ts';

/**
 * - quarantine: this change harms its own document; all others go on (invariant 7).
 * - retry: it passes by itself; the partition waits for it, and nothing is skipped.
 * - stop: a defect of the code: every change would fail alike.
 */
export type FailureClass = 'quarantine' | 'retry' | 'stop';

export function classify(error: unknown): FailureClass {
  if (error instanceof ChangeError) return 'quarantine';
  return isPassing(error) ? 'retry' : 'stop';
}
