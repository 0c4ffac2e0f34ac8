/** How fast changes come and are applied, and when none waits any more: from two looks at one topic and group. Pure. */
import type { TopicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { TrendReport } from '../../services/shared/status-report.ts';

export interface Seen {
  /** by a clock that never goes back, in ms */
  readonly at: number;
  readonly topic: TopicProgress;
}

/** Of events in Kafka, markers of transactions among them. */
export function trendOf(before: Seen, now: Seen): TrendReport {
  const seconds = (now.at - before.at) / 1000;
  // A topic that was made anew, or a group that was set back, tells nothing.
  const rate = (of: 'end' | 'committed'): number =>
    Math.max(0, sum(now.topic, of) - sum(before.topic, of)) / seconds;
  const [writtenPerSecond, appliedPerSecond] = [rate('end'), rate('committed')];
  const gained = appliedPerSecond - writtenPerSecond;
  const { lagEvents } = now.topic;
  const clearInSeconds = lagEvents === 0 ? 0 : gained > 0 ? lagEvents / gained : null;
  return { writtenPerSecond, appliedPerSecond, clearInSeconds };
}

function sum({ partitions }: TopicProgress, of: 'end' | 'committed'): number {
  return partitions.reduce((total, each) => total + each[of], 0);
}

const SOON_SECONDS = 1;

/**
 * How long what waits takes at the rate at which changes are applied, where that is less than a second: it has come just now. null where
 * it takes longer, or nothing waits.
 */
export function passesWithin({ appliedPerSecond }: TrendReport, { lagEvents }: TopicProgress): number | null {
  if (lagEvents === 0 || appliedPerSecond === 0) return null;
  const seconds = lagEvents / appliedPerSecond;
  return seconds < SOON_SECONDS ? seconds : null;
}

/** `waits`: something does, and has not come just now. */
export function trendText(
  { writtenPerSecond, appliedPerSecond, clearInSeconds }: TrendReport,
  waits: boolean,
): string {
  const rates = `${writtenPerSecond.toFixed(0)} events/s come, ${appliedPerSecond.toFixed(0)} are applied`;
  if (!waits || clearInSeconds === 0) return rates;
  return `${rates}, ${clearInSeconds === null ? 'and more wait all the time' : `clear in ${clearInSeconds.toFixed(0)} s`}`;
}
