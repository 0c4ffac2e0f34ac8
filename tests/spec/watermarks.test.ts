import { describe, expect, test } from '@jest/globals';
import type { TopicProgress } from '../../services/shared/lag/topic-progress.ts';
import { createWatermarks } from '../../services/shared/lag/watermarks.ts';

/** One partition. */
function at(committed: number, end: number): TopicProgress {
  const lag = end - committed;
  return { partitions: [{ partition: 0, committed, stored: committed, low: 0, end, lag }], lagEvents: lag };
}

describe('watermarks', () => {
  test('prove a time at once when nothing was pending', () => {
    expect(createWatermarks().observe(1000, at(5, 5))).toBe(1000);
  });

  test('prove a time only when the group has come to the ends of then', () => {
    const marks = createWatermarks();
    expect(marks.observe(1000, at(5, 5))).toBe(1000);
    expect(marks.observe(2000, at(5, 8))).toBe(1000);
    expect(marks.observe(3000, at(7, 12))).toBe(1000);
    expect(marks.observe(3000, at(8, 12))).toBe(2000);
    expect(marks.observe(4000, at(12, 14))).toBe(3000);
  });

  test('hold still while the source proves nothing new, and never go back', () => {
    const marks = createWatermarks();
    expect(marks.observe(1000, at(5, 5))).toBe(1000);
    expect(marks.observe(null, at(5, 9))).toBe(1000);
    expect(marks.observe(500, at(9, 9))).toBe(1000);
  });

  test('know nothing before the first proof', () => {
    expect(createWatermarks().observe(null, at(0, 0))).toBeNull();
    expect(createWatermarks().observe(1000, at(0, 3))).toBeNull();
  });

  test('prove nothing for a partition that lags, whatever the others do', () => {
    const marks = createWatermarks();
    const two = (committed: number): TopicProgress => ({
      partitions: [
        ...at(9, 9).partitions,
        { partition: 1, committed, stored: committed, low: 0, end: 4, lag: 4 - committed },
      ],
      lagEvents: 4 - committed,
    });
    expect(marks.observe(1000, two(3))).toBeNull();
    expect(marks.observe(2000, two(4))).toBe(2000);
  });

  test('stay right after more marks than are kept', () => {
    const marks = createWatermarks();
    for (let i = 1; i <= 5000; i++) marks.observe(i * 1000, at(0, i));
    const proven = marks.observe(null, at(2500, 5000)) ?? 0;
    expect(proven).toBeGreaterThan(0);
    expect(proven).toBeLessThanOrEqual(2_500_000);
  });
});
