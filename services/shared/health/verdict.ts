/** One sentence on the state of a pipeline, and why: the same for `readside status` and for the projector's /readyz. Pure. */
import type { Cause } from './causes.ts';
import type { HealthFacts } from './facts.ts';
import { findCauses, isWarning } from './find-causes.ts';

export const HEALTH_STATES = ['up-to-date', 'degraded', 'lagging', 'starting', 'stalled'] as const;
export type HealthState = (typeof HEALTH_STATES)[number];

export interface Verdict {
  readonly state: HealthState;
  /** The state, and in full why. */
  readonly text: string;
  /** What stands still, first along the flow first; empty unless stalled. */
  readonly causes: readonly Cause[];
  /** What flows, and must be seen all the same. */
  readonly warnings: readonly Cause[];
}

export function verdictOf(facts: HealthFacts): Verdict {
  const found = findCauses(facts);
  const causes = found.filter((each) => !isWarning(each));
  const warnings = found.filter(isWarning);
  const { state, text } = summary(facts, causes, warnings);
  const also = warnings.map(wordsOf).join('; ');
  return { state, text: also === '' ? text : `${text}, but ${also}`, causes, warnings };
}

export function wordsOf({ text, remedy }: Cause): string {
  return remedy === '' ? text : `${text}: ${remedy}`;
}

function summary(
  { topic, lagSeconds }: HealthFacts,
  causes: readonly Cause[],
  warnings: readonly Cause[],
): Pick<Verdict, 'state' | 'text'> {
  const events = topic === null || topic === 'absent' ? null : topic.lagEvents;
  const waiting = events === null ? '' : ` (${events} events)`;
  const [first] = causes;
  if (first) {
    const behind = lagSeconds === null ? '' : ` by ${lagSeconds.toFixed(1)} s`;
    return { state: 'stalled', text: `stalled${behind}${waiting}: ${wordsOf(first)}` };
  }
  if (lagSeconds === null)
    return { state: 'starting', text: 'starting: no heartbeat has come through the connector yet' };
  if (lagSeconds > 0 || (events ?? 0) > 0)
    return { state: 'lagging', text: `lagging by ${lagSeconds.toFixed(1)} s${waiting}` };
  const degraded = warnings.some(({ code }) => code === 'documents-degraded' || code === 'documents-wrong');
  return { state: degraded ? 'degraded' : 'up-to-date', text: 'up to date' };
}
