/** What tells a rebuild which changes its snapshot holds already, and in which partition a document's changes come. */
import { describe, expect, test } from '@jest/globals';
import { partitionOf, partitionOfValue } from '../../services/shared/partition-of.ts';
import { orderOfIds, snapshotOfEach } from '../../cli/rebuild/pieces.ts';
import { sees } from '../../cli/rebuild/source-snapshot.ts';
import type { SourceSnapshot } from '../../cli/rebuild/source-snapshot.ts';
import profile from '../../projections/profile.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import { text } from '../../services/shared/projection/field-types.ts';
import teams from '../fixtures/projections/teams.ts';

const position = (txId: number | null, snapshot = false) => ({ lsn: 1, txId, committedAt: 1, snapshot });

describe('a snapshot sees', () => {
  const snapshot = { xmin: 100n, xmax: 110n, inProgress: new Set([100n, 105n]) };

  test.each([
    [99, true],
    [100, false],
    [101, true],
    [105, false],
    [109, true],
    [110, false],
    [5000, false],
  ])('transaction %d: %s', (txId, seen) => {
    expect(sees(snapshot, position(txId))).toBe(seen);
  });

  test('the rows of a snapshot before it, and refuses a change of no transaction', () => {
    expect(sees(snapshot, position(200, true))).toBe(true);
    expect(() => sees(snapshot, position(null))).toThrow(ChangeError);
  });

  test.each([
    ['just before the counter turned over', 0xffff_fffe, true],
    ['in progress since before it', 0xffff_ffff, false],
    ['just after it', 3, true],
    ['in progress', 4, false],
    ['begun later', 6, false],
  ])('a transaction of 32 bits %s', (_what, txId, seen) => {
    const turned = {
      xmin: 0x1_ffff_ffffn,
      xmax: 0x2_0000_0006n,
      inProgress: new Set([0x1_ffff_ffffn, 0x2_0000_0004n]),
    };
    expect(sees(turned, position(txId))).toBe(seen);
  });

  test('as not yet begun what comes after the counter turned over', () => {
    const before = { xmin: 0x1_ffff_fff0n, xmax: 0x1_ffff_fff0n, inProgress: new Set<bigint>() };
    expect(sees(before, position(2))).toBe(false);
    expect(sees(before, position(0xffff_ffef))).toBe(true);
  });
});

describe('the partition of a key', () => {
  // As the Java client's own tests have it: Utils.murmur2 of the bytes, made positive.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('%s is the one that the Java client takes', (key, murmur2) => {
    for (const partitions of [1, 4, 12, 1000])
      expect(partitionOf(key, partitions)).toBe((murmur2 & 0x7fff_ffff) % partitions);
  });
});

describe('what was copied in pieces', () => {
  const until = (xmax: bigint): SourceSnapshot => ({ xmin: xmax, xmax, inProgress: new Set() });
  const [one, two, three] = [until(1n), until(2n), until(3n)] as const;

  test('is asked by the piece of the id: its end belongs to it', () => {
    const compare = orderOfIds(teams);
    const snapshotOf = snapshotOfEach(
      [
        { through: '9', snapshot: one },
        { after: '9', through: '100', snapshot: two },
        { after: '100', snapshot: three },
      ],
      compare,
    );
    const asked = ['-5', '9', '10', '99', '100', '101', '12345678901234567890'].map(snapshotOf);
    expect(asked).toEqual([one, one, two, two, two, three, three]);
  });

  test('in one snapshot needs no order, and in several it does', () => {
    const same = [
      { through: 'b', snapshot: one },
      { after: 'b', snapshot: { ...one, inProgress: new Set<bigint>() } },
    ];
    expect(snapshotOfEach(same, null)('x')).toBe(one);
    const several = [
      { through: 'b', snapshot: one },
      { after: 'b', snapshot: two },
    ];
    expect(() => snapshotOfEach(several, null)).toThrow(TypeError);
  });

  test('has the order that Postgres gives uuids, and none that it gives texts', () => {
    const compare = orderOfIds(profile);
    const ids = ['01a20a32-4b7c-721b-bea6-68363202fa4c', '01a20a32-4b7c-721b-bea6-68363202fa4d', 'f0'];
    expect(ids.toReversed().toSorted(compare ?? undefined)).toEqual(ids);
    expect(orderOfIds({ keyType: text })).toBeNull();
  });
});

describe('the partition of a value', () => {
  // As Java's String.hashCode is defined: s[0]·31^(n-1) + … over UTF-16, in 32 bits.
  test.each([
    ['', 0],
    ['a', 97],
    ['hello', 99_162_322],
    ['polygenelubricants', -2_147_483_648],
    ['京都', 661_457],
  ])('%s is the one that Debezium takes', (value, hash) => {
    const exact = [...Array(value.length).keys()].reduce(
      (sum, at) => BigInt.asIntN(32, sum * 31n + BigInt(value.charCodeAt(at))),
      0n,
    );
    expect(Number(exact)).toBe(hash);
    for (const partitions of [1, 3, 12, 1000])
      expect(partitionOfValue(value, partitions)).toBe(Number((exact & 0x7fff_ffffn) % BigInt(partitions)));
  });
});
