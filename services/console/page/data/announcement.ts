/** What a screen reader is told of a look: something when another thing is the matter, and nothing while only figures change. Pure. */
import type { StatusReport } from '../../../shared/status-report.ts';

export interface Announcement {
  /** What is the matter, without figures: by it one is told from the next. */
  readonly of: string;
  readonly words: string;
}

export const NOTHING_SAID: Announcement = { of: '', words: '' };

/** `before`, where the same is the matter still: its words stay as they were, figures and all. */
export function announcementOf(
  { state, headline, projections }: StatusReport,
  before: Announcement,
): Announcement {
  const concerned = projections
    .filter((each) => each.state === state)
    .map(({ projection, causes, warnings }) => [
      projection,
      ...[...causes, ...warnings].map(({ stage, code }) => `${stage} ${code}`),
    ]);
  const of = JSON.stringify([state, concerned]);
  // Its figures are all that the headline says of a lag.
  return of === before.of ? before : { of, words: state === 'lagging' ? 'lagging' : headline };
}
