/**
 * What was proven of the source, remembered until the documents have caught up with it: once the group has committed the ends that the
 * topic had after a time was proven, every commit before that time is in the documents. Pure.
 */
import type { TopicProgress } from './topic-progress.ts';

export interface Watermarks {
  /**
   * Takes a measure: `provenAt` was asked before `topic`, so what was committed in Postgres before it lies below the ends.
   * Returns the newest time (ms since 1970) before which every commit is in the documents; null: none is known yet.
   */
  observe(provenAt: number | null, topic: TopicProgress): number | null;
}

interface Mark {
  readonly provenAt: number;
  readonly ends: ReadonlyMap<number, number>;
}

/** Ten minutes of marks at one a second; what is further behind is known with less precision, never wrongly. */
const MAX_MARKS = 600;

export function createWatermarks(): Watermarks {
  let marks: Mark[] = [];
  let asOf: number | null = null;
  return {
    observe(provenAt, topic) {
      if (provenAt !== null && provenAt > (marks.at(-1)?.provenAt ?? asOf ?? -Infinity)) {
        marks.push({
          provenAt,
          ends: new Map(topic.partitions.map(({ partition, end }) => [partition, end])),
        });
        // Every second one is dropped, so that the oldest, which is reached first, stays.
        if (marks.length > MAX_MARKS) marks = marks.filter((_, i) => i % 2 === 0);
      }
      const reached = marks.findLastIndex(({ ends }) =>
        topic.partitions.every(({ partition, committed }) => committed >= (ends.get(partition) ?? 0)),
      );
      asOf = marks[reached]?.provenAt ?? asOf;
      marks = marks.slice(reached + 1);
      return asOf;
    },
  };
}
