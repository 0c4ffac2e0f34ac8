/** How long a pipeline has stood still, from one measure to the next. Pure but for the time it is given. */
import type { SourceProgress } from '../lag/source-progress.ts';
import type { TopicProgress } from '../lag/topic-progress.ts';
import type { Stillness } from './facts.ts';

export interface Motion {
  /**
   * What could not be asked counts as moving: something else is wrong then.
   * @param now in ms, of a clock that does not jump
   * @param reached documents looked at because a row that they copy from had changed (reached-record.ts): nothing is committed meanwhile
   */
  observe(
    now: number,
    source: SourceProgress | null,
    topic: TopicProgress | null,
    reached: number | null,
  ): Stillness;
}

export function createMotion(): Motion {
  const sinceSource = createStopwatch();
  const sinceGroup = createStopwatch();
  return {
    observe(now, source, topic, reached) {
      if (source === null || topic === null)
        return { sourceMs: sinceSource(now, null), groupMs: sinceGroup(now, null) };
      const sum = (of: 'end' | 'committed'): number =>
        topic.partitions.reduce((total, each) => total + each[of], 0);
      return {
        sourceMs: sinceSource(now, `${source.provenAt?.getTime() ?? 0} ${sum('end')}`),
        groupMs: sinceGroup(now, topic.lagEvents === 0 ? null : `${sum('committed')} ${reached ?? 0}`),
      };
    },
  };
}

/** How long it has been given the same mark; null is never the same. */
function createStopwatch(): (now: number, mark: string | null) => number {
  let known: string | null = null;
  let since = 0;
  return (now, mark) => {
    if (mark === null || mark !== known) since = now;
    known = mark;
    return now - since;
  };
}
