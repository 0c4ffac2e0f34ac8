/** Documents told to whoever listens: at once, as they are, never back, and no longer than somebody does. On the real server. */
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import directory from '../../projections/directory.ts';
import type { Protection } from '../../services/shared/auth/protection.ts';
import { waitFor } from '../../stack/wait.ts';
import { openEvents } from '../support/events.ts';
import type { Event, Events } from '../support/events.ts';
import { idOf, profileOf, startReadApi, until } from '../support/read-api.ts';
import type { TestReadApi, TestReadApiOptions } from '../support/read-api.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openLink } from '../support/tcp-link.ts';

const TOLD = { cacheMaxBytes: 1 << 20, cacheMaxAgeMs: 500 };
const TEST_MS = 60_000;
const DEADLINE = { timeoutMs: 20_000 };

const open: Events[] = [];
let api: TestReadApi | undefined;
let url = '';
afterEach(async () => {
  for (const each of open.splice(0)) each.close();
  await api?.close();
  api = undefined;
});

async function start(options: TestReadApiOptions = {}): Promise<TestReadApi> {
  const started = await startReadApi(options);
  api = started;
  await started.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(started.app.server.address() as AddressInfo).port}`;
  return started;
}

async function listen(n: number, headers: Readonly<Record<string, string>> = {}): Promise<Events> {
  const events = await openEvents(`${url}/profiles/${idOf(n)}/events`, headers);
  open.push(events);
  return events;
}

async function figure(name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name}(?:{[^}]*})? (\\S+)$`, 'm').exec(text)?.[1]);
}

const streams = (): Promise<number> => figure('read_api_event_streams');
const versionOf = ({ data }: Event): number => Number(data.document?.['version'] ?? -1);
const hasVersion =
  (version: number) =>
  (event: Event): boolean =>
    versionOf(event) === version;

async function untilFollowing(): Promise<void> {
  await until(
    'changes are told',
    () => figure('read_api_cache_age_seconds'),
    (age) => age >= 0,
  );
}

describe.each([
  ['while a change stream tells what changes', TOLD],
  ['while nothing is kept and nothing told', {}],
])('%s', (_what, options) => {
  test(
    'what there is comes at once, as a read gives it, and then each change; the end too, and what comes after it',
    async () => {
      const { ask, plant, documents } = await start(options);
      if (options === TOLD) await untilFollowing();
      await plant(idOf(1), profileOf({ bio: 'é 𝒵 "\n' }), { offset: 4 });
      const events = await listen(1);
      expect(events.status).toBe(200);
      expect(events.headers).toMatchObject({
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        connection: 'close',
      });
      const first = await events.until('the first event', () => true);
      const read = await ask(`/profiles/${idOf(1)}`);
      expect(first).toMatchObject({ event: 'document', id: read.headers['etag']?.slice(1, -1) });
      expect(first.data.document).toEqual(read.body);
      // But for how much later it was read.
      const asOf = /, as-of=.*$/;
      expect(first.data.freshness.replace(asOf, '')).toBe(read.headers['freshness']?.replace(asOf, ''));
      expect(first.retry).toBeGreaterThanOrEqual(1000);

      await plant(idOf(1), profileOf({ version: 8 }), { offset: 5 });
      const second = await events.until('the change', hasVersion(8));
      expect(second.data.freshness).toContain('strategy=eventual, version=8, position="3:5"');
      await plant(idOf(1), {}, { phase: 'deleted', offset: 6 });
      const gone = await events.until('the end', ({ event }) => event === 'gone');
      expect(gone.data).toEqual({ freshness: expect.stringMatching(/^strategy=eventual/) });
      await plant(idOf(1), profileOf({ version: 9 }), { offset: 7 });
      await events.until('what came after it', hasVersion(9));
      await documents.deleteOne({ _id: idOf(1) });
      await waitFor(
        'its end',
        () => events.all.filter(({ event }) => event === 'gone').length === 2,
        DEADLINE,
      );
      expect(events.all.map(versionOf)).toEqual([7, 8, -1, 9, -1]);
    },
    TEST_MS,
  );

  test(
    'many listen to one document, which is looked up for all of them at once',
    async () => {
      const { plant } = await start(options);
      if (options === TOLD) await untilFollowing();
      await plant(idOf(1), profileOf({ version: 1 }));
      const listeners = await Promise.all(Array.from({ length: 50 }, () => listen(1)));
      await Promise.all(listeners.map((each) => each.until('the first', hasVersion(1))));
      expect(await streams()).toBe(50);
      const before = await figure('read_api_cache_misses_total');
      await plant(idOf(1), profileOf({ version: 2 }), { offset: 2 });
      await Promise.all(listeners.map((each) => each.until('the change', hasVersion(2))));
      expect((await figure('read_api_cache_misses_total')) - before).toBeLessThanOrEqual(2);
      expect(listeners.map(({ all }) => all.map(versionOf).join())).toEqual(Array(50).fill('1,2'));
    },
    TEST_MS,
  );

  test(
    'no event is older than one before it, nor than what the same process has shown; the last one is told',
    async () => {
      const { plant, ask } = await start(options);
      if (options === TOLD) await untilFollowing();
      const ids = [1, 2, 3];
      /** How much newer the first event of a newcomer was than what was read before. */
      const leads: number[] = [];
      const versions = new Map(ids.map((n) => [n, 1]));
      for (const n of ids) await plant(idOf(n), profileOf({ version: 1 }));
      const listeners = await Promise.all(ids.map(async (n) => [n, await listen(n)] as const));
      for (let i = 0; i < 300; i++) {
        const n = ids[Math.floor(Math.random() * ids.length)] ?? 1;
        const version = (versions.get(n) ?? 0) + 1;
        versions.set(n, version);
        await plant(idOf(n), profileOf({ version }), { offset: version });
        if (Math.random() < 0.1) {
          const shown = Number((await ask(`/profiles/${idOf(n)}`)).body['version']);
          const late = await listen(n);
          leads.push(versionOf(await late.until('the first', () => true)) - shown);
          late.close();
        }
      }
      expect(Math.min(...leads)).toBeGreaterThanOrEqual(0);
      for (const [n, events] of listeners) {
        await events.until(`the last of ${n}`, hasVersion(versions.get(n) ?? 0));
        const told = events.all.map(versionOf);
        expect(told).toEqual(told.toSorted((a, b) => a - b));
        expect(new Set(told).size).toBe(told.length);
      }
    },
    TEST_MS,
  );
});

test('a document that there is not is refused before a stream begins, and so is what is no id', async () => {
  await start();
  const none = await listen(1);
  expect([none.status, none.headers['content-type']]).toEqual([
    404,
    'application/problem+json; charset=utf-8',
  ]);
  expect(JSON.parse(none.rest())).toMatchObject({ type: '/problems/no-such-profile' });
  expect(none.headers['freshness']).toMatch(/^strategy=eventual/);
  const wrong = await openEvents(`${url}/profiles/nonsense/events`);
  expect(wrong.status).toBe(400);
  expect((await fetch(`${url}/profiles/${idOf(1)}/events`, { method: 'HEAD' })).status).toBe(405);
  expect(await streams()).toBe(0);
});

test('whoever has gone is not remembered', async () => {
  const { plant } = await start();
  await plant(idOf(1), profileOf());
  for (let i = 0; i < 20; i++) {
    const events = await listen(1);
    await events.until('the first', () => true);
    events.close();
  }
  await until('nobody listens', streams, (count) => count === 0);
  // Those who went before the answer began, among them.
  const impatient = Array.from({ length: 20 }, () => {
    const going = new AbortController();
    const asked = fetch(`${url}/profiles/${idOf(1)}/events`, { signal: going.signal });
    setImmediate(() => going.abort());
    return asked.catch(() => null);
  });
  await Promise.all(impatient);
  expect(await until('nobody listens', streams, (count) => count === 0)).toBe(0);
});

test(
  'a slow reader gets the latest, and what was between is not kept for him',
  async () => {
    const { plant } = await start(TOLD);
    await untilFollowing();
    const bio = 'x'.repeat(200_000);
    await plant(idOf(1), profileOf({ version: 1, bio }));
    const slow = await listen(1);
    const quick = await listen(1);
    await slow.until('the first', hasVersion(1));
    slow.pause();
    const LAST = 120;
    for (let version = 2; version <= LAST; version++) {
      await plant(idOf(1), profileOf({ version, bio }), { offset: version });
      await quick.until(`version ${version}`, hasVersion(version));
    }
    slow.resume();
    await slow.until('the last', hasVersion(LAST));
    const told = slow.all.map(versionOf);
    // What the sockets hold, on both sides, he gets all the same.
    expect(told.length).toBeLessThan(LAST / 2);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  },
  TEST_MS,
);

test(
  'a change stream that is lost, and a server that is away, delay what is told, and lose nothing',
  async () => {
    const { port, hostname } = new URL(stackEndpoints().mongoUrl);
    const link = await openLink(hostname, Number(port));
    const { plant } = await start({
      ...TOLD,
      mongoHost: `127.0.0.1:${link.port}`,
      mongoTimeoutMs: 500,
    });
    await untilFollowing();
    await plant(idOf(1), profileOf({ version: 1 }));
    const events = await listen(1);
    await events.until('the first', hasVersion(1));
    await link.cut();
    await plant(idOf(1), profileOf({ version: 2 }), { offset: 2 });
    const newcomer = await listen(1);
    expect([newcomer.status, JSON.parse(newcomer.rest())]).toMatchObject([
      503,
      { type: '/problems/documents-unavailable' },
    ]);
    await link.restore();
    await events.until('what changed meanwhile', hasVersion(2));
    // Before changes are told again, as after.
    await plant(idOf(1), profileOf({ version: 3 }), { offset: 3 });
    await events.until('the next', hasVersion(3));
    await untilFollowing();
    await plant(idOf(1), profileOf({ version: 4 }), { offset: 4 });
    await events.until('the last', hasVersion(4));
    expect(events.all.map(versionOf)).toEqual([1, 2, 3, 4]);
    await api?.close();
    api = undefined;
    await link.cut();
  },
  TEST_MS,
);

test('a stop ends all streams at once, as whole answers', async () => {
  const { plant, app } = await start(TOLD);
  await plant(idOf(1), profileOf());
  const listeners = await Promise.all(Array.from({ length: 10 }, () => listen(1)));
  await Promise.all(listeners.map((each) => each.until('the first', () => true)));
  const since = performance.now();
  await app.close();
  expect(performance.now() - since).toBeLessThan(1500);
  await waitFor('all to end', () => listeners.every((each) => each.ended() === 'whole'), DEADLINE);
});

test(
  'and does not wait for a reader who takes nothing: he is cut off within a moment',
  async () => {
    const { plant, app } = await start(TOLD);
    await untilFollowing();
    const bio = 'x'.repeat(200_000);
    await plant(idOf(1), profileOf({ version: 1, bio }));
    const still = await listen(1);
    const quick = await listen(1);
    await still.until('the first', hasVersion(1));
    still.pause();
    // More than the sockets hold.
    for (let version = 2; version <= 80; version++) {
      await plant(idOf(1), profileOf({ version, bio }), { offset: version });
      await quick.until(`version ${version}`, hasVersion(version));
    }
    const since = performance.now();
    await app.close();
    expect(performance.now() - since).toBeLessThan(4000);
    still.resume();
    await waitFor('both to end', () => still.ended() !== null && quick.ended() === 'whole', DEADLINE);
    expect(still.ended()).toBe('cut');
  },
  TEST_MS,
);

test('there are no more streams than the process may have, and a place that is left can be taken', async () => {
  const { plant } = await start({ maxStreams: 2 });
  await plant(idOf(1), profileOf());
  const [first] = [await listen(1), await listen(1)];
  const third = await listen(1);
  expect(third.status).toBe(503);
  expect(third.headers['retry-after']).toBe('5');
  expect(JSON.parse(third.rest())).toMatchObject({ type: '/problems/too-many-streams' });
  expect(await figure('read_api_event_streams_refused_total')).toBe(1);
  first?.close();
  await until('a place', streams, (count) => count === 1);
  expect((await listen(1)).status).toBe(200);
});

describe('with tokens', () => {
  /** A token is `<subject>+<scope>+<seconds that it lives>`. */
  const verify: NonNullable<Protection['verify']> = async (token) => {
    const [subject = '', scope = '', seconds = '3600'] = token.split('+');
    return { subject, scopes: new Set([scope]), expiresAt: Date.now() + 1000 * Number(seconds) };
  };
  const protection: Protection = { verify, requestsPerMinute: 7, maxDelayMs: 0 };
  const bearer = (n: number, more = 'profile:read') => ({ authorization: `Bearer ${idOf(n)}+${more}` });

  test('only whose document it is may listen to it, and an administrator', async () => {
    const { plant } = await start({ protection });
    await plant(idOf(1), profileOf());
    expect((await listen(1)).status).toBe(401);
    expect((await listen(1, bearer(2))).status).toBe(404);
    expect((await listen(1, bearer(1, 'profile:write'))).status).toBe(403);
    expect((await listen(1, bearer(1))).status).toBe(200);
    expect((await listen(1, bearer(9, 'admin'))).status).toBe(200);
  });

  test('a subject has so many streams and no more, whatever others have; and each counts as a request', async () => {
    const { plant } = await start({ protection, maxStreamsPerSubject: 2 });
    for (const n of [1, 2]) await plant(idOf(n), profileOf());
    const [first] = [await listen(1, bearer(1)), await listen(1, bearer(1))];
    const third = await listen(1, bearer(1));
    expect(third.status).toBe(429);
    expect(JSON.parse(third.rest())).toMatchObject({ type: '/problems/too-many-streams-of-subject' });
    expect((await listen(2, bearer(2))).status).toBe(200);
    for (let i = 0; i < 9; i++) expect((await listen(1, bearer(9, 'admin'))).status).toBe(200);
    first?.close();
    await until('a place', streams, (count) => count === 11);
    expect((await listen(1, bearer(1))).status).toBe(200);
    for (let i = 0; i < 3; i++) await listen(1, bearer(1));
    const eighth = await listen(1, bearer(1));
    expect(JSON.parse(eighth.rest())).toMatchObject({ type: '/problems/too-many-requests' });
  });

  test('a stream ends with its token', async () => {
    const { plant } = await start({ protection });
    await plant(idOf(1), profileOf());
    const short = await listen(1, bearer(1, 'profile:read+1'));
    const long = await listen(1, bearer(1));
    await waitFor('it to end', () => short.ended() === 'whole', DEADLINE);
    expect(long.ended()).toBeNull();
  });
});

test('any read model whose documents are read by their ids tells them', async () => {
  const { app } = await start({ beside: [directory] });
  expect(app.printRoutes({ commonPrefix: false })).toMatch(/directory/);
  const none = await openEvents(`${url}/directory/${idOf(1)}/events`);
  expect(JSON.parse(none.rest())).toMatchObject({ status: 404, type: '/problems/no-such-directory' });
});
