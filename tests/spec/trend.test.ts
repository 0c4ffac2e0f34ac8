/** What two looks at a topic say of its future. */
import { expect, test } from '@jest/globals';
import { passesWithin, trendOf, trendText } from '../../cli/status/trend.ts';
import { streamReport } from '../../cli/status/report-parts.ts';
import type { Seen } from '../../cli/status/trend.ts';

function seen(at: number, ...places: ReadonlyArray<readonly [committed: number, end: number]>): Seen {
  const partitions = places.map(([committed, end], partition) => ({
    partition,
    committed,
    stored: committed,
    low: 0,
    end,
    lag: end - committed,
  }));
  return { at, topic: { partitions, lagEvents: partitions.reduce((sum, { lag }) => sum + lag, 0) } };
}

test('what is applied faster than it comes is clear when the rest is gone', () => {
  const trend = trendOf(seen(1000, [0, 100], [0, 100]), seen(3000, [80, 110], [40, 110]));
  expect(trend).toEqual({ writtenPerSecond: 10, appliedPerSecond: 60, clearInSeconds: 2 });
  expect(trendText(trend, true)).toBe('10 events/s come, 60 are applied, clear in 2 s');
});

test('where nothing waits there is nothing to clear', () => {
  const trend = trendOf(seen(0, [5, 5]), seen(1000, [9, 9]));
  expect(trend).toEqual({ writtenPerSecond: 4, appliedPerSecond: 4, clearInSeconds: 0 });
  expect(trendText(trend, true)).toBe('4 events/s come, 4 are applied');
});

test('what comes as fast as it is applied, or faster, is never clear', () => {
  expect(trendOf(seen(0, [0, 10]), seen(1000, [5, 15])).clearInSeconds).toBeNull();
  expect(trendText(trendOf(seen(0, [0, 10]), seen(1000, [0, 15])), true)).toMatch(
    /0 are applied, and more wait/,
  );
});

test('a group that was set back, and a topic that is another, have no rate', () => {
  expect(trendOf(seen(0, [9, 20]), seen(1000, [0, 3]))).toMatchObject({
    writtenPerSecond: 0,
    appliedPerSecond: 0,
  });
});

test('what waits less than a second at the rate at which changes are applied has come just now', () => {
  const trend = { writtenPerSecond: 100, appliedPerSecond: 100, clearInSeconds: null };
  const waits = (lagEvents: number) => ({ partitions: [], lagEvents });
  expect(passesWithin(trend, waits(20))).toBe(0.2);
  expect(passesWithin(trend, waits(100))).toBeNull();
  expect(passesWithin(trend, waits(0))).toBeNull();
  expect(passesWithin({ ...trend, appliedPerSecond: 0 }, waits(1))).toBeNull();
});

test('a stream has its rates where it goes on, and none at the look that finds its topic or Postgres made anew', () => {
  const unknown = { ok: false, why: 'not asked' } as const;
  const answers = { source: unknown, topic: unknown, connector: unknown };
  const at = (ms: number, events: number, lsn: number) => ({ at: ms, events, lsn });
  const goesOn = streamReport('a', answers, at(0, 10, 100), at(2000, 20, 300));
  expect(goesOn).toMatchObject({ writtenPerSecond: 5, walBytesPerSecond: 100 });
  const anew = streamReport('a', answers, at(0, 10, 100), at(2000, 3, 50));
  expect(anew).not.toHaveProperty('writtenPerSecond');
  expect(anew).not.toHaveProperty('walBytesPerSecond');
});
