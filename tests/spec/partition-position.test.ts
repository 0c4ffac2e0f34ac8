/** A partition goes on only where its documents stand: kafkajs itself would start anew without a word (design §4). */
import { describe, expect, test } from '@jest/globals';
import { refuseHistory, refusePosition, refuseStart } from '../../services/projector/position-guard.ts';
import type { Position } from '../../services/projector/position-record.ts';
import { createPositions, PositionLostError } from '../../services/projector/positions.ts';
import { createProgressWatch } from '../../services/projector/progress-watch.ts';

const known: Position = { next: 100, last: { offset: 98, timestamp: 5000 } };

describe('the first fetch', () => {
  test.each([
    ['nothing was known', 0, undefined, { low: 0, end: 10 }],
    ['it goes on where it stood', 100, known, { low: 0, end: 120 }],
    ['Kafka knows of a later commit than we noted', 110, known, { low: 0, end: 120 }],
    ['the group’s offsets were set back', 0, known, { low: 0, end: 120 }],
    ['all was expired, and nothing is missing', 100, known, { low: 100, end: 100 }],
    ['it is set back to an oldest change that we know', 40, known, { low: 40, end: 120 }],
  ])('is taken when %s', (_name, fetched, position, ends) => {
    expect(refuseStart(fetched, position, ends)).toBeNull();
  });

  test.each([
    ['changes were removed before they were applied', 110, { low: 110, end: 120 }, /begins at 110/],
    ['the topic ends before the documents', 0, { low: 0, end: 50 }, /not the one/],
  ])('is refused when %s', (_name, fetched, ends, why) => {
    expect(refuseStart(fetched, known, ends)).toMatch(why);
  });
});

test('where a partition stands is refused when Kafka holds nothing that goes on there', () => {
  expect(refusePosition(100, { low: 0, end: 100 })).toBeNull();
  expect(refusePosition(100, { low: 101, end: 200 })).toMatch(/1 offsets were removed/);
  expect(refusePosition(100, { low: 0, end: 99 })).toMatch(/not the one/);
});

describe('the last change applied, when it comes by again', () => {
  test('is the same one: the topic is', () => {
    const changes = [{ offset: 98, timestamp: 5000 }];
    expect(refuseHistory({ fetched: 90, through: 105 }, changes, known)).toBeNull();
  });
  test('is another one, or none: the topic was made anew', () => {
    const another = [{ offset: 98, timestamp: 9999 }];
    expect(refuseHistory({ fetched: 90, through: 105 }, another, known)).toMatch(/not the one/);
    expect(refuseHistory({ fetched: 90, through: 105 }, [], known)).toMatch(/not the one/);
  });
  test('is not looked for where it cannot be', () => {
    expect(refuseHistory({ fetched: 99, through: 105 }, [], known)).toBeNull();
    expect(refuseHistory({ fetched: 0, through: 97 }, [], known)).toBeNull();
  });
});

describe('positions', () => {
  const memory = (position?: Position) => {
    const saved: Array<ReadonlyMap<number, Position>> = [];
    const positions = createPositions({
      load: () => Promise.resolve(position),
      save: (each) => {
        saved.push(each);
        return Promise.resolve();
      },
    });
    return { positions, saved };
  };
  const ends = { low: 0, end: 1000 };
  const batch = (fetched: number, through: number) => ({ fetched, through, changes: [] });

  test('after a rewind only what begins where it is applied goes on, whatever was fetched before', async () => {
    const { positions } = memory();
    const within = () => Promise.resolve(ends);
    const from = (fetched: number) => positions.check(0, { fetched, through: 19, changes: [] }, within);
    expect(await from(0)).toBe(true);
    positions.fetch(0, 10);
    positions.reach(0, 8);
    expect(positions.rewind(0)).toBe(8);
    expect(await from(10)).toBe(false);
    expect(await from(8)).toBe(true);
  });

  test('a fetch that jumps ahead is refused, one that goes back is not', async () => {
    const { positions } = memory();
    await positions.check(0, batch(10, 20), () => Promise.resolve(ends));
    positions.fetch(0, 21);
    await expect(positions.check(0, batch(30, 40), () => Promise.resolve(ends))).rejects.toThrow(
      PositionLostError,
    );
    expect(await positions.check(0, batch(15, 40), () => Promise.resolve(ends))).toBe(true);
  });

  test('when the session is closed, what was fetched ahead of what is applied must be fetched again', async () => {
    const { positions } = memory();
    await positions.check(0, batch(10, 20), () => Promise.resolve(ends));
    positions.reach(0, 15);
    positions.fetch(0, 21);
    expect(positions.rewind(0)).toBe(15);
    expect(await positions.check(0, batch(21, 30), () => Promise.resolve(ends))).toBe(false);
    expect(await positions.check(0, batch(15, 30), () => Promise.resolve(ends))).toBe(true);
  });

  test('what is noted is what is applied, with the last change below it, and nothing of what that change holds', async () => {
    const { positions, saved } = memory();
    await positions.check(3, batch(0, 9), () => Promise.resolve(ends));
    const record = { offset: 4, timestamp: 40, key: Buffer.from('u1'), value: Buffer.from('personal') };
    positions.pass(3, record);
    positions.pass(3, { offset: 8, timestamp: 80 });
    positions.reach(3, 7);
    await positions.note(new Set());
    await positions.note(new Set());
    expect(saved.map((each) => [...each])).toEqual([
      [[3, { next: 7, last: { offset: 4, timestamp: 40 } }]],
      [],
    ]);
    positions.reach(3, 10);
    await positions.note(new Set([3]));
    await positions.note(new Set());
    expect(saved.slice(2).map((each) => [...each])).toEqual([
      [],
      [[3, { next: 10, last: { offset: 8, timestamp: 80 } }]],
    ]);
  });
});

describe('a standstill', () => {
  test('is told when nothing comes back while Kafka holds more', () => {
    let time = 0;
    const watch = createProgressWatch(60_000, () => time);
    time = 59_000;
    expect(watch.standstill(true)).toBeNull();
    time = 61_000;
    expect(watch.standstill(true)).toMatch(/nothing was fetched or applied for 61 s/);
    expect(watch.standstill(false)).toBeNull();
  });
  test('is told of one that stays outside the group while Kafka answers', () => {
    let time = 0;
    const watch = createProgressWatch(60_000, () => time);
    for (; time < 100_000; time += 1000) expect(watch.outside(false)).toBeNull();
    time = 159_000;
    expect(watch.outside(true)).toBeNull();
    time = 160_001;
    expect(watch.outside(true)).toMatch(/was not joined for 61 s, and Kafka answers/);
    watch.moved();
    expect(watch.outside(true)).toBeNull();
  });
  test('is not told while fetches come back, but for longer than a transaction can be open', () => {
    let time = 0;
    const watch = createProgressWatch(60_000, () => time);
    for (; time < 140_000; time += 1000) {
      watch.fetched();
      expect(watch.standstill(true)).toBeNull();
    }
    time = 151_000;
    watch.fetched();
    expect(watch.standstill(true)).toMatch(/nothing was applied for 151 s/);
    watch.moved();
    expect(watch.standstill(true)).toBeNull();
  });
});
