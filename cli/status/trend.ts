/** How fast changes come and are applied, and when none waits any more: from two looks at one topic and group. Pure. */
import type { TopicProgress } from '../../services/shared/lag/topic-progress.ts';

export interface Seen {
  /** by a clock that never goes back, in ms */
  readonly at: number;
  readonly topic: TopicProgress;
}

/** Of events in Kafka, markers of transactions among them. */
export interface Trend {
  readonly writtenPerSecond: number;
  readonly appliedPerSecond: number;
  /** 0: none waits; null: as things go, never. */
  readonly clearInSeconds: number | null;
}

export function trendOf(before: Seen, now: Seen): Trend {
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

export function trendText({ writtenPerSecond, appliedPerSecond, clearInSeconds }: Trend): string {
  const rates = `${writtenPerSecond.toFixed(0)} events/s come, ${appliedPerSecond.toFixed(0)} are applied`;
  if (clearInSeconds === 0) return rates;
  return `${rates}, ${clearInSeconds === null ? 'and more wait all the time' : `clear in ${clearInSeconds.toFixed(0)} s`}`;
}
