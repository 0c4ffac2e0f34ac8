/** One sentence on the state of a pipeline, and why: the same for `readside status` and for the projector's /readyz. Pure. */
import { STAGE_NAMES, stageOf } from './causes.ts';
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
  { topic, lagSeconds, lagUnknown, inFlight = false, clearInSeconds }: HealthFacts,
  causes: readonly Cause[],
  warnings: readonly Cause[],
): Pick<Verdict, 'state' | 'text'> {
  const events = topic === null || topic === 'absent' ? null : topic.lagEvents;
  const waiting = events === null ? '' : ` (${events} events)`;
  const [first] = causes;
  if (first) {
    const isBehind = (lagSeconds ?? 0) > 0 || (events ?? 0) > 0;
    const behind = isBehind && lagSeconds !== null ? `, ${secondsText(lagSeconds)} behind${waiting},` : '';
    return { state: 'stalled', text: `${stalledAt(first)}${behind} because ${wordsOf(first)}` };
  }
  if (lagUnknown !== undefined)
    return {
      state: (events ?? 0) > 0 ? 'lagging' : 'starting',
      text: `the lag cannot be told${waiting}: ${lagUnknown}`,
    };
  if (lagSeconds === null)
    return { state: 'starting', text: 'starting: no heartbeat has come through the connector yet' };
  if (!inFlight && (lagSeconds > 0 || (events ?? 0) > 0)) {
    const clear = clearInSeconds === undefined ? '' : `, clear in ${soonText(clearInSeconds)}`;
    return { state: 'lagging', text: `lagging ${secondsText(lagSeconds)}${waiting}${clear}` };
  }
  const degraded = warnings.some(({ code }) => code === 'documents-degraded' || code === 'documents-wrong');
  return { state: degraded ? 'degraded' : 'up-to-date', text: UP_TO_DATE };
}

const UP_TO_DATE = 'up to date';

/** Also said by a projector that has stopped measuring. */
export function stalledAt(cause: Cause): string {
  return `stalled at ${STAGE_NAMES[stageOf(cause)]}`;
}

function secondsText(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}

function soonText(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

interface Judged {
  readonly projection: string;
  readonly verdict: Verdict;
}

/** Of one read model, without what mends it: the button says that. */
function shortText({ state, text, causes, warnings }: Verdict): string {
  const [first] = causes;
  if (state === 'stalled' && first) return `${stalledAt(first)} because ${first.text}`;
  const also = warnings.map((each) => each.text).join('; ');
  return state === 'degraded' ? `${UP_TO_DATE}, but ${also}` : text;
}

/** Of a whole system: the worst of its read models, by name where there are several and they differ; without any it is starting. */
export function headlineOf(judged: readonly Judged[]): {
  readonly state: HealthState;
  readonly headline: string;
} {
  const worst = Math.max(...judged.map(({ verdict }) => HEALTH_STATES.indexOf(verdict.state)));
  const state = HEALTH_STATES[worst] ?? 'starting';
  const those = judged.filter(({ verdict }) => verdict.state === state);
  const texts = [...new Set(those.map(({ verdict }) => shortText(verdict)))];
  if (state === 'up-to-date') return { state, headline: UP_TO_DATE };
  const [text = 'starting: no read model was started'] = texts;
  if (texts.length <= 1 && those.length === judged.length) return { state, headline: text };
  const named = those.map(({ projection, verdict }) => `${projection}: ${shortText(verdict)}`);
  return { state, headline: texts.length === 1 ? `${namesOf(those)}: ${text}` : named.join(' · ') };
}

function namesOf(judged: readonly Judged[]): string {
  return judged.map(({ projection }) => projection).join(', ');
}
