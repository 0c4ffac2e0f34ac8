/** The pure steps of a read: what is parsed from its headers, when a token is reached, and how lookups and waits share queries. */
import { expect, test } from '@jest/globals';
import { createArrivals } from '../../services/read-api/freshness/arrivals.ts';
import { hasReached } from '../../services/read-api/freshness/has-reached.ts';
import type { Reached } from '../../services/read-api/freshness/has-reached.ts';
import { etagOf, isHeldBy } from '../../services/read-api/http/etag.ts';
import { DEGRADED, freshnessHeader, toldOf } from '../../services/read-api/http/freshness-header.ts';
import { preferredWait } from '../../services/read-api/http/prefer.ts';
import { coalesceFinds } from '../../services/read-api/readers/coalesced-find.ts';
import type { ConsistencyToken } from '../../services/shared/consistency-token.ts';

test.each([
  [undefined, null],
  ['wait=5', 5],
  ['WAIT = 10', 10],
  ['respond-async, wait=0', 0],
  ['wait="7"; x=1, wait=9', 7],
  ['return=minimal; wait=3', null],
  ['x="a, wait=3"', null],
  ['wait=', null],
  ['wait=1.5', null],
  ['wait=-1', null],
  ['wait=12345678901', null],
  ['waiting=1', null],
])('Prefer: %j prefers to wait %j seconds', (header, seconds) => {
  expect(preferredWait(header)).toBe(seconds);
});

test('an entity tag depends on every byte, and a malformed If-None-Match matches nothing', () => {
  const tag = etagOf('{"a":1}', 3);
  expect(tag).not.toBe(etagOf('{"a": 1}', 3));
  expect(tag).not.toBe(etagOf('{"a":1}', 3, true));
  expect(isHeldBy(`"x" , W/${tag}`, tag)).toBe(true);
  for (const header of [undefined, '', '"', tag.slice(0, -1), `"x${tag}`, 'W/*'])
    expect(isHeldBy(header, tag)).toBe(false);
});

test('a freshness header holds what is known, as a structured field', () => {
  const standing = { strategy: 'wait', stale: true, waitApplied: 1, asOf: new Date(0) } as const;
  const provenance = { position: '0:1,3:4', lsn: null, changedAt: 'a"b\\c', appliedAt: new Date(1) };
  expect(freshnessHeader(standing, toldOf({ revision: 0, provenance, degraded: false }))).toBe(
    'strategy=wait, stale=?1, version=0, position="0:1,3:4", changed-at="a\\"b\\\\c", ' +
      'applied-at="1970-01-01T00:00:00.001Z", as-of="1970-01-01T00:00:00.000Z"',
  );
});

test('a degraded answer says so', () => {
  const standing = { strategy: 'eventual', stale: null, waitApplied: null, asOf: null } as const;
  expect(freshnessHeader(standing, toldOf({ revision: 7, provenance: null, degraded: true }))).toBe(
    'strategy=eventual, degraded=?1, version=7',
  );
  expect(freshnessHeader(standing, DEGRADED)).toBe('strategy=eventual, degraded=?1');
  expect(freshnessHeader(standing, '')).toBe('strategy=eventual');
});

const ID = '01936d5e-0000-7000-8000-000000000001';
const token = (revision: number, deleted = false, id = ID): ConsistencyToken => ({ id, revision, deleted });
const live = (revision: number | null): Reached => ({ phase: 'live', revision });
const PENDING: Reached = { phase: 'pending', revision: null };
const DELETED: Reached = { phase: 'deleted', revision: null };

test.each<[string, ConsistencyToken, Reached | undefined, boolean]>([
  ['its revision', token(7), live(7), true],
  ['a later one', token(7), live(8), true],
  ['an earlier one', token(7), live(6), false],
  ['no revision', token(0), live(null), false],
  ['a tombstone', token(7), DELETED, true],
  ['nothing', token(7), undefined, false],
  ['no root yet', token(7), PENDING, false],
  ['a delete: a tombstone', token(8, true), DELETED, true],
  ['a delete: nothing', token(8, true), undefined, true],
  ['a delete: no root', token(8, true), PENDING, true],
  ['a delete: still there', token(8, true), live(7), false],
  ['a delete: there anew', token(8, true), live(8), true],
])('a token is reached by %s', (_, given, document, reached) => {
  expect(hasReached(given, document)).toBe(reached);
});

const never = new AbortController().signal;
const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test('all who wait share a query, which names each document once', async () => {
  const asked: string[][] = [];
  const revisions = new Map<string, Reached>();
  const arrivals = createArrivals(async (ids) => {
    asked.push([...ids].toSorted());
    return new Map(revisions);
  }, 1000);
  const waits = Array.from({ length: 100 }, (_, i) =>
    arrivals.until(token(1, false, `id-${i % 4}`), 5000, never),
  );
  while (asked.length < 3) await nextTurn();
  expect(asked.at(-1)).toEqual(['id-0', 'id-1', 'id-2', 'id-3']);
  for (const id of ['id-0', 'id-1', 'id-2', 'id-3']) revisions.set(id, live(1));
  expect(await Promise.all(waits)).toEqual(waits.map(() => ({ reached: true, waitedFully: true })));
  expect(arrivals.size()).toBe(0);
  const count = asked.length;
  await nextTurn();
  expect(asked).toHaveLength(count);
});

test('a newcomer is looked after without a pause', async () => {
  const asked: (readonly string[])[] = [];
  const queries = (): number => asked.length;
  const arrivals = createArrivals(async (ids) => {
    asked.push(ids);
    return new Map(ids.filter((id) => id === 'there').map((id) => [id, live(1)]));
  }, 1000);
  const late = arrivals.until(token(1, false, 'late'), 60_000, never);
  while (queries() < 5) await nextTurn();
  const outcomes = [];
  for (let i = 0; i < 20; i++) outcomes.push(await arrivals.until(token(1, false, 'there'), 0, never));
  expect(outcomes.every(({ reached }) => reached)).toBe(true);
  arrivals.stop();
  expect(await late).toEqual({ reached: false, waitedFully: false });
  expect(await arrivals.until(token(1, false, 'late'), 60_000, never)).toEqual({
    reached: false,
    waitedFully: false,
  });
});

test('who waits hears of a failure, and the next ones are served', async () => {
  let works = false;
  const arrivals = createArrivals(async () => {
    if (!works) throw new Error('away');
    return new Map([[ID, live(1)]]);
  }, 1000);
  await expect(arrivals.until(token(1), 1000, never)).rejects.toThrow('away');
  works = true;
  expect(await arrivals.until(token(1), 1000, never)).toEqual({ reached: true, waitedFully: true });
});

test('an abort ends a wait with its reason, also one that came before', async () => {
  const arrivals = createArrivals(async () => new Map(), 1000);
  const gone = new AbortController();
  const waiting = arrivals.until(token(1), 60_000, gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  await expect(arrivals.until(token(1), 60_000, gone.signal)).rejects.toThrow('gone');
  expect(arrivals.size()).toBe(0);
});

test('lookups at once become few queries, and none joins one that was sent before', async () => {
  const sent: number[][] = [];
  let version = 0;
  const find = coalesceFinds(
    async (keys: readonly number[]) => {
      sent.push([...keys]);
      const now = version;
      await nextTurn();
      return keys.filter((key) => key >= 0).map((key) => ({ key, version: now }));
    },
    ({ key }) => key,
  );
  const first = [find(1), find(2), find(1), find(-1)];
  expect(await Promise.all(first)).toEqual([
    [{ key: 1, version: 0 }],
    [{ key: 2, version: 0 }],
    [{ key: 1, version: 0 }],
    [],
  ]);
  expect(sent).toEqual([[1, 2, -1]]);

  const before = find(1);
  while (sent.length < 2) await nextTurn();
  version = 1;
  const after = find(1);
  expect([await before, await after]).toEqual([[{ key: 1, version: 0 }], [{ key: 1, version: 1 }]]);

  sent.length = 0;
  const keys = Array.from({ length: 1001 }, (_, i) => i);
  expect(await Promise.all(keys.map((key) => find(key)))).toHaveLength(1001);
  expect(sent.flat()).toEqual(keys);
  expect(Math.max(...sent.map(({ length }) => length))).toBeLessThanOrEqual(200);
});

test('a failed query fails its lookups and those behind it, and no later one', async () => {
  let works = false;
  const find = coalesceFinds(
    async (keys: readonly number[]) => {
      await nextTurn();
      if (!works) throw new Error('away');
      return keys;
    },
    (key) => key,
  );
  const results = await Promise.allSettled(Array.from({ length: 5000 }, (_, i) => find(i)));
  expect(results.every(({ status }) => status === 'rejected')).toBe(true);
  works = true;
  expect(await find(1)).toEqual([1]);
});
