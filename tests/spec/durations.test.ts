/** Durations as they are given on the command line. */
import { expect, test } from '@jest/globals';
import { duration } from '../../cli/verbs/arguments.ts';

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['1h', 3_600_000],
  ['2d', 172_800_000],
])('%s are so many milliseconds', (text, milliseconds) => {
  expect(duration(text)).toBe(milliseconds);
});

test.each(['', '1', 'h', '0h', '-1h', '1.5h', '1 h', '1w'])('%j is refused', (text) => {
  expect(() => duration(text)).toThrow('It must be like 90s, 30m, 1h or 2d.');
});
