/** Documents at hand: the same answers as looked up, gone with every change, and never from before what was shown. On the real server. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Protection } from '../../services/shared/auth/protection.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { figure, readWhileChanged, untilFollowing, untilHeld } from '../support/cached-reads.ts';
import type { Way } from '../support/cached-reads.ts';
import { idOf, profileOf, startReadApi, until } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openLink } from '../support/tcp-link.ts';
import type { TcpLink } from '../support/tcp-link.ts';

const ON = { cacheMaxBytes: 1 << 20, cacheMaxAgeMs: 500 };
const DEADLINE_MS = 60_000;
const TEST_MS = 90_000;

const untilVersion = (api: TestReadApi, n: number, version: number): Promise<ReadAnswer> =>
  until(
    `version ${version}`,
    () => api.ask(`/profiles/${idOf(n)}`),
    ({ body }) => body['version'] === version,
  );

describe('while changes are told', () => {
  let api: TestReadApi;
  beforeAll(async () => {
    api = await startReadApi(ON);
    await untilFollowing(api);
  });
  afterAll(() => api.close());

  test('what is at hand is answered as it was when it was looked up', async () => {
    await api.plant(idOf(1), profileOf({ bio: 'é 𝒵 "' }));
    for (const path of [`/profiles/${idOf(1)}`, `/profiles/${idOf(1)}/version`]) {
      const looked = await api.ask(path);
      const held = await untilHeld(api, path);
      expect({ ...held.headers, date: '' }).toEqual({ ...looked.headers, date: '' });
      expect([held.status, held.text]).toEqual([200, looked.text]);
      const again = await api.ask(path, { 'if-none-match': held.headers['etag'] ?? '' });
      expect([again.status, again.text]).toEqual([304, '']);
      expect(again.headers['freshness']).toBe(held.headers['freshness']);
      expect(again.headers['etag']).toBe(held.headers['etag']);
      expect(again.headers).not.toHaveProperty('content-type');
      expect((await api.ask(path, {}, 'HEAD')).headers).toMatchObject({
        etag: held.headers['etag'],
        'content-length': held.headers['content-length'],
      });
      expect((await api.ask(path.replace(idOf(1), idOf(1).toUpperCase()))).text).toBe(looked.text);
    }
  });

  test('what a request gets wrong is refused all the same', async () => {
    await api.plant(idOf(1), profileOf());
    await untilHeld(api, `/profiles/${idOf(1)}`);
    expect((await api.ask(`/profiles/${idOf(1)}?x=1`)).status).toBe(400);
    expect((await api.ask(`/profiles/${idOf(1)}`, { 'consistency-token': 'x' })).status).toBe(400);
    expect((await api.ask(`/profiles/${idOf(1)}?consistency=source`)).status).toBe(503);
  });

  test('an update is seen, and so is a delete, of either kind', async () => {
    await api.plant(idOf(2), profileOf({ version: 1 }));
    await untilHeld(api, `/profiles/${idOf(2)}`);
    await api.plant(idOf(2), profileOf({ version: 2 }));
    expect((await untilVersion(api, 2, 2)).freshness['version']).toBe('2');
    const remove = [
      () => api.plant(idOf(2), {}, { phase: 'deleted' }),
      () => api.documents.deleteOne({ _id: idOf(2) }),
    ];
    for (const each of remove) {
      await api.plant(idOf(2), profileOf({ version: 3 }));
      await untilVersion(api, 2, 3);
      await untilHeld(api, `/profiles/${idOf(2)}`);
      await each();
      await until(
        'it is gone',
        () => api.ask(`/profiles/${idOf(2)}`),
        ({ status }) => status === 404,
      );
    }
  });

  test('a quarantine is seen, and its end', async () => {
    await api.plant(idOf(3), profileOf());
    await untilHeld(api, `/profiles/${idOf(3)}`);
    const mark = { since: new Date(), first: { partition: 3, offset: 1 }, changes: 1, error: 'x' };
    await api.documents.updateOne({ _id: idOf(3) }, { $set: { '_sync.quarantine': mark } });
    await until(
      'it is degraded',
      () => api.ask(`/profiles/${idOf(3)}`),
      ({ freshness }) => freshness['degraded'] === '?1',
    );
    await untilHeld(api, `/profiles/${idOf(3)}`);
    await api.documents.updateOne({ _id: idOf(3) }, { $unset: { '_sync.quarantine': 1 } });
    const good = await until(
      'it is good',
      () => api.ask(`/profiles/${idOf(3)}`),
      ({ freshness }) => !('degraded' in freshness),
    );
    expect(good.status).toBe(200);
  });

  test('a token is never answered with what was at hand before, and nobody after it either', async () => {
    const token = (revision: number): string => encodeToken({ id: idOf(4), revision, deleted: false });
    for (let version = 1; version <= 60; version++) {
      await api.plant(idOf(4), profileOf({ version }));
      const { body, freshness } = await api.ask(`/profiles/${idOf(4)}`, {
        'consistency-token': token(version),
        prefer: 'wait=5',
      });
      expect([body['version'], freshness['stale'], freshness['strategy']]).toEqual([version, '?0', 'wait']);
      expect((await api.ask(`/profiles/${idOf(4)}`)).body['version']).toBe(version);
      expect((await api.ask(`/profiles/${idOf(4)}/version`)).body['version']).toBe(version);
    }
    await untilHeld(api, `/profiles/${idOf(4)}`);
    const misses = await figure(api, 'misses_total');
    const held = await api.ask(`/profiles/${idOf(4)}`, { 'consistency-token': token(60), prefer: 'wait=5' });
    expect([held.freshness['stale'], held.headers['preference-applied']]).toEqual(['?0', 'wait=5']);
    expect(await figure(api, 'misses_total')).toBe(misses);
    const ahead = await api.ask(`/profiles/${idOf(4)}`, { 'consistency-token': token(61) });
    expect([ahead.freshness['stale'], ahead.freshness['version']]).toEqual(['?1', '60']);
  });

  test(
    'as-of claims no more than the answer shows',
    async () => {
      const claimed: Array<readonly [shown: number, asOf: number]> = [];
      const deadline = Date.now() + DEADLINE_MS;
      const isEnough = (): boolean => claimed.length > 100 && (claimed.at(-1)?.[1] ?? 0) > 10;
      const goesOn = (): boolean => {
        if (Date.now() > deadline) throw new Error(`only ${claimed.length} answers claimed a time`);
        return !isEnough();
      };
      const write = async (): Promise<void> => {
        for (let version = 1; goesOn(); version++) {
          await api.plant(idOf(5), profileOf({ version }));
          const asOf = new Date(version);
          await api.freshnessRecords.replaceOne(
            { _id: 'profile:freshness' },
            { asOf, measuredAt: asOf },
            { upsert: true, writeConcern: { w: 'majority' } },
          );
        }
      };
      const read = async (): Promise<void> => {
        while (goesOn()) {
          const { freshness } = await api.ask(`/profiles/${idOf(5)}`);
          const asOf = freshness['as-of'];
          if (asOf !== undefined) claimed.push([Number(freshness['version']), Date.parse(asOf.slice(1, -1))]);
          await new Promise(setImmediate);
        }
      };
      await Promise.all([read(), write()]);
      for (const [shown, asOf] of claimed) expect(shown).toBeGreaterThanOrEqual(asOf);
      await api.freshnessRecords.deleteMany({});
    },
    TEST_MS,
  );

  test(
    'whichever way a document is read, it does not go back',
    async () => {
      const byId: readonly Way[] = [
        [`/profiles/${idOf(6)}`, ({ body }) => Number(body['version'])],
        [`/profiles/${idOf(6)}/version`, ({ body }) => Number(body['version'])],
      ];
      const ways: readonly Way[] = [
        ...byId,
        ...byId,
        ['/profiles?email=six@example.com', ({ body }) => Number(body['version'])],
        [
          '/profiles?limit=100',
          ({ text }) => Number(/"email":"six@example.com"[^{]*?"version":(\d+)/.exec(text)?.[1]),
        ],
      ];
      const plant = (version: number): Promise<void> =>
        api.plant(idOf(6), profileOf({ version, email: 'six@example.com' }));
      const shown = await readWhileChanged(api, plant, ways);
      expect(shown).toBeGreaterThan(50);
    },
    TEST_MS,
  );

  test('when a rebuild swaps other documents in, those are served, and kept again', async () => {
    await api.plant(idOf(7), profileOf({ version: 1 }));
    await untilHeld(api, `/profiles/${idOf(7)}`);
    const losses = await figure(api, 'losses_total');
    const shadow = api.documents.db.collection<{ readonly _id: string }>('profiles_shadow');
    const planted = await api.documents.findOne({ _id: idOf(7) });
    await shadow.insertOne({ ...planted, _id: idOf(7), version: 2 } as { readonly _id: string });
    await shadow.rename('profiles', { dropTarget: true });
    await untilVersion(api, 7, 2);
    expect(await figure(api, 'losses_total')).toBe(losses + 1);
    await untilHeld(api, `/profiles/${idOf(7)}`);

    await api.documents.drop();
    await until(
      'it is gone',
      () => api.ask(`/profiles/${idOf(7)}`),
      ({ status }) => status === 404,
    );
    await api.plant(idOf(7), profileOf({ version: 3 }));
    await untilVersion(api, 7, 3);
    await untilHeld(api, `/profiles/${idOf(7)}`);
  });
});

test(
  'more changes than are to be followed cost what is kept, and it is kept again later',
  async () => {
    // Fewer than the stream gives at once, so that they come within a second however slow the machine is.
    const most = 500;
    const api = await startReadApi({ ...ON, cacheMaxChangesPerSecond: most });
    try {
      await untilFollowing(api);
      await api.plant(idOf(8), profileOf());
      await untilHeld(api, `/profiles/${idOf(8)}`);
      const losses = await figure(api, 'losses_total');
      const many = Array.from({ length: most + 1 }, (_, i) => ({
        _id: `many-${i}`,
        _sync: { phase: 'pending' },
      }));
      await api.documents.db.client.withSession((session) =>
        session.withTransaction(() => api.documents.insertMany(many as never, { session })),
      );
      await until(
        'it is too much',
        () => figure(api, 'losses_total'),
        (now) => now > losses,
      );
      await api.plant(idOf(8), profileOf({ version: 8 }));
      await untilVersion(api, 8, 8);
      expect((await untilHeld(api, `/profiles/${idOf(8)}`)).body['version']).toBe(8);
    } finally {
      await api.close();
    }
  },
  TEST_MS,
);

describe('when MongoDB', () => {
  const TIMEOUT_MS = 800;
  let link: TcpLink;
  let api: TestReadApi;
  beforeAll(async () => {
    const { hostname, port } = new URL(stackEndpoints().mongoUrl);
    link = await openLink(hostname, Number(port));
    api = await startReadApi({
      ...ON,
      mongoHost: `127.0.0.1:${link.port}`,
      mongoTimeoutMs: TIMEOUT_MS,
    });
  });
  afterEach(() => link.restore());
  afterAll(async () => {
    await api.close();
    await link.cut();
  });

  const path = `/profiles/${idOf(1)}`;
  async function hold(version: number): Promise<void> {
    await untilFollowing(api);
    await api.plant(idOf(1), profileOf({ version }));
    await untilVersion(api, 1, version);
    await untilHeld(api, path);
  }

  test('is cut off, nothing is at hand any more, and what has changed meanwhile is shown', async () => {
    await hold(1);
    await link.cut();
    await until(
      'nothing is kept',
      () => figure(api, 'age_seconds'),
      (age) => age === -1,
    );
    expect([(await api.ask(path)).status, await figure(api, 'documents')]).toEqual([503, 0]);
    await api.plant(idOf(1), profileOf({ version: 2 }));
    await link.restore();
    const answer = await until(
      'it serves again',
      () => api.ask(path),
      ({ status }) => status === 200,
    );
    expect(answer.body['version']).toBe(2);
    await untilFollowing(api);
    await untilHeld(api, path);
  });

  test('says nothing, what is at hand is served no longer than the bound', async () => {
    await hold(3);
    link.stall();
    await api.plant(idOf(1), profileOf({ version: 4 }));
    const stalled = performance.now();
    const last = await until(
      'it is not served any more',
      async () => ({ ...(await api.ask(path)), after: performance.now() - stalled }),
      ({ status }) => status === 503,
    );
    // The bound, and then the deadline of the lookup.
    expect(last.after).toBeLessThan(ON.cacheMaxAgeMs + 2 * TIMEOUT_MS);
    await link.restore();
    await until(
      'it serves again',
      () => api.ask(path),
      ({ status }) => status === 200,
    );
    await untilVersion(api, 1, 4);
  });
});

test('switched off, nothing is kept and no change is followed', async () => {
  const api = await startReadApi();
  try {
    await api.plant(idOf(1), profileOf());
    for (let i = 0; i < 3; i++) expect((await api.ask(`/profiles/${idOf(1)}`)).status).toBe(200);
    expect(
      await Promise.all(
        ['hits_total', 'documents', 'age_seconds', 'changes_total'].map((name) => figure(api, name)),
      ),
    ).toEqual([0, 0, -1, 0]);
  } finally {
    await api.close();
  }
});

test(
  'what is at hand is given to whom it belongs, and to nobody else',
  async () => {
    const verify: NonNullable<Protection['verify']> = async (subject) => ({
      subject,
      scopes: new Set(['profile:read']),
      expiresAt: Infinity,
    });
    const api = await startReadApi({ ...ON, protection: { verify, requestsPerMinute: 0, maxDelayMs: 0 } });
    try {
      await untilFollowing(api);
      await api.plant(idOf(1), profileOf());
      const path = `/profiles/${idOf(1)}`;
      const own = { authorization: `Bearer ${idOf(1)}` };
      const held = await untilHeld(api, path, 'hits_total', own);
      expect(held.status).toBe(200);
      const others = {
        authorization: `Bearer ${idOf(2)}`,
        'if-none-match': held.headers['etag'] ?? '',
      };
      for (const method of ['GET', 'HEAD'] as const) {
        expect((await api.ask(path, others, method)).status).toBe(404);
        expect((await api.ask(path, {}, method)).status).toBe(401);
      }
    } finally {
      await api.close();
    }
  },
  TEST_MS,
);
