/** Where a replay may begin: never ahead of what was applied, never where something deleted would come to life. */
import { describe, expect, test } from '@jest/globals';
import { placeReplay, readReplayFrom } from '../../cli/rebuild/replay-places.ts';
import type { ReplayFrom } from '../../cli/rebuild/replay-places.ts';

const STANDINGS = [
  { partition: 0, committed: 100, oldest: 0 },
  { partition: 1, committed: 50, oldest: 30 },
  { partition: 2, committed: 10, oldest: 20 },
];
const begins = (from: ReplayFrom, atTime: ReadonlyMap<number, number> = new Map()): readonly number[] =>
  placeReplay(from, STANDINGS, atTime).map(({ begin }) => begin);

describe('a replay begins', () => {
  test('at the oldest that is there, and nowhere ahead of what was read', () => {
    expect(begins({ kind: 'earliest' })).toEqual([0, 30, 10]);
  });

  test('at the first change of a time, within the same bounds; where there is none later, nowhere', () => {
    const from = { kind: 'time', at: new Date(0) } as const;
    const atTime = new Map([
      [0, 70],
      [1, 5],
    ]);
    expect(begins(from, atTime)).toEqual([70, 30, 10]);
    expect(begins(from, new Map([[0, 500]]))).toEqual([100, 50, 10]);
  });

  test('at offsets that were named, in these partitions only', () => {
    expect(begins({ kind: 'offsets', offsets: new Map([[1, 30]]) })).toEqual([100, 30, 10]);
  });

  test.each([
    [0, 101, /read up to 100/],
    [1, 29, /again from 30/],
    [3, 0, /no partition 3/],
  ])('not at %i:%i', (partition, offset, why) => {
    expect(() => begins({ kind: 'offsets', offsets: new Map([[partition, offset]]) })).toThrow(why);
  });
});

describe('a place is', () => {
  test.each<[string, ReplayFrom]>([
    ['earliest', { kind: 'earliest' }],
    ['0:120,3:77', { kind: 'offsets', offsets: new Map([[0, 120], [3, 77]]) }], // prettier-ignore
    ['2026-11-26T01:00:00Z', { kind: 'time', at: new Date(Date.UTC(2026, 10, 26, 1)) }],
    ['2026-11-26T01:00:00.5+01:00', { kind: 'time', at: new Date(Date.UTC(2026, 10, 26, 0, 0, 0, 500)) }],
  ])('%s', (text, from) => {
    expect(readReplayFrom(text)).toEqual(from);
  });

  test.each([
    '',
    'latest',
    '0',
    '0:1,',
    '0:1,0:2',
    '2026-11-26',
    '2026-13-26T01:00:00Z',
    '2026-11-26T01:00:00',
  ])('not %j', (text) => {
    expect(readReplayFrom(text)).toBeNull();
  });
});
