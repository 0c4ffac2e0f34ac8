import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { idOf, profileOf, startReadApi, until } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

let api: TestReadApi;
let address: string;
beforeAll(async () => {
  api = await startReadApi({ maxWaitSeconds: 3, maxWaiters: 5 });
  address = await api.app.listen({ port: 0 });
});
afterEach(() => api.documents.deleteMany({}));
afterAll(() => api.close());

const tokenOf = (n: number, revision: number, deleted = false): string =>
  encodeToken({ id: idOf(n), revision, deleted });

function askWith(token: string, seconds: number | null, path: string): Promise<ReadAnswer> {
  return api.ask(path, {
    'consistency-token': token,
    ...(seconds === null ? {} : { prefer: `wait=${seconds}` }),
  });
}

async function waiting(): Promise<number> {
  const { text } = await api.ask('/metrics');
  return Number(/^read_api_waiting_readers\S* (\d+)$/m.exec(text)?.[1]);
}

/** Resolves when so many wait. */
const untilWaiting = (count: number): Promise<number> =>
  until(`${count} wait`, waiting, (now) => now === count);

test('a token that is reached is answered at once', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  for (const [revision, seconds] of [
    [7, 2],
    [6, 2],
    [7, null],
    [7, 0],
  ] as const) {
    const answer = await askWith(tokenOf(1, revision), seconds, `/profiles/${idOf(1)}`);
    expect(answer.status).toBe(200);
    expect(answer.freshness).toMatchObject({ strategy: 'wait', stale: '?0', version: '7' });
    expect(answer.headers['preference-applied']).toBe(seconds === null ? undefined : `wait=${seconds}`);
  }
});

test('a reader waits until its write is there', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  const answer = askWith(tokenOf(1, 9), 3, `/profiles/${idOf(1)}`);
  await untilWaiting(1);
  await api.plant(idOf(1), profileOf({ version: 8 }));
  await api.plant(idOf(1), profileOf({ version: 9, bio: 'mine' }));
  const { status, body, freshness } = await answer;
  expect([status, body['version'], body['bio']]).toEqual([200, 9, 'mine']);
  expect(freshness).toMatchObject({ stale: '?0', version: '9' });
  expect(await waiting()).toBe(0);
});

test('a reader waits for a document that does not exist yet, and for its root', async () => {
  const answer = askWith(tokenOf(2, 1), 3, `/profiles/${idOf(2)}`);
  await untilWaiting(1);
  await api.plant(idOf(2), { addresses: [], preferences: {} }, { phase: 'pending' });
  expect(await waiting()).toBe(1);
  await api.plant(idOf(2), profileOf({ version: 1 }));
  expect((await answer).body['version']).toBe(1);
});

test.each([
  ['a lookup', '/profiles?email=new@example.com', ({ body }: ReadAnswer) => body['version']],
  ['the version', `/profiles/${idOf(3)}/version`, ({ body }: ReadAnswer) => body['version']],
  ['a list', '/profiles', ({ text }: ReadAnswer) => Number(/"version":(\d+)/.exec(text)?.[1])],
])('%s shows the write that was waited for', async (_, path, versionIn) => {
  await api.plant(idOf(3), profileOf({ version: 1, email: 'old@example.com' }));
  const answer = askWith(tokenOf(3, 2), 3, path);
  await untilWaiting(1);
  await api.plant(idOf(3), profileOf({ version: 2, email: 'new@example.com' }));
  expect(versionIn(await answer)).toBe(2);
  expect((await answer).freshness).toMatchObject({ strategy: 'wait', stale: '?0' });
});

test('the token’s document is waited for, also when another is read', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  const answer = askWith(tokenOf(2, 1), 3, `/profiles/${idOf(1)}`);
  await untilWaiting(1);
  await api.plant(idOf(2), profileOf({ version: 1 }));
  expect((await answer).freshness).toMatchObject({ stale: '?0', version: '7' });
});

test('on the deadline the answer is what is there, and says that it is stale', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  const since = performance.now();
  const found = await askWith(tokenOf(1, 8), 1, `/profiles/${idOf(1)}`);
  expect(performance.now() - since).toBeGreaterThan(990);
  expect([found.status, found.body['version']]).toEqual([200, 7]);
  expect(found.freshness).toMatchObject({ strategy: 'wait', stale: '?1', version: '7' });
  expect(found.headers['preference-applied']).toBe('wait=1');

  const etag = found.headers['etag'] ?? '';
  const held = await api.ask(`/profiles/${idOf(1)}`, {
    'consistency-token': tokenOf(1, 8),
    'if-none-match': etag,
  });
  expect([held.status, held.freshness['stale']]).toEqual([304, '?1']);

  const missing = await askWith(tokenOf(2, 1), 1, `/profiles/${idOf(2)}`);
  expect(missing.status).toBe(404);
  expect(missing.freshness).toEqual({ strategy: 'wait', stale: '?1' });
  expect(missing.headers['preference-applied']).toBe('wait=1');
});

test('without a preference it is only looked', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  for (const path of [`/profiles/${idOf(1)}`, '/profiles', `/profiles/${idOf(1)}/version`]) {
    const answer = await askWith(tokenOf(1, 8), null, path);
    expect([answer.status, answer.freshness['stale']]).toEqual([200, '?1']);
    expect(answer.headers['preference-applied']).toBeUndefined();
  }
});

test.each(['wait=5.5', 'wait=-1', 'wait', 'respond-async', 'wait=soon', 'x="wait=3"'])(
  'a preference that cannot be read is not applied: %s',
  async (prefer) => {
    const { headers, freshness } = await api.ask(`/profiles/${idOf(1)}`, {
      'consistency-token': tokenOf(1, 1),
      prefer,
    });
    expect([headers['preference-applied'], freshness['stale']]).toEqual([undefined, '?1']);
  },
);

test('nobody waits longer than the service allows', async () => {
  const { headers, freshness } = await askWith(tokenOf(1, 1), 4000, `/profiles/${idOf(1)}`);
  expect([headers['preference-applied'], freshness['stale']]).toEqual(['wait=3', '?1']);
});

test('a preference without a token waits for nothing', async () => {
  const { headers, freshness } = await api.ask(`/profiles/${idOf(1)}`, { prefer: 'wait=3' });
  expect([headers['preference-applied'], freshness]).toEqual([undefined, { strategy: 'eventual' }]);
});

test('a delete is reached when the document is not there, or was deleted', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  const answer = askWith(tokenOf(1, 8, true), 3, `/profiles/${idOf(1)}`);
  await untilWaiting(1);
  await api.plant(idOf(1), {}, { phase: 'deleted' });
  expect([(await answer).status, (await answer).freshness]).toEqual([404, { strategy: 'wait', stale: '?0' }]);
  for (const n of [1, 2]) {
    const { status, freshness } = await askWith(tokenOf(n, 8, true), null, `/profiles/${idOf(n)}`);
    expect([status, freshness['stale']]).toEqual([404, '?0']);
  }
});

test('what came before a delete is reached by the delete', async () => {
  await api.plant(idOf(1), {}, { phase: 'deleted' });
  const { status, freshness } = await askWith(tokenOf(1, 7), 3, `/profiles/${idOf(1)}`);
  expect([status, freshness['stale']]).toEqual([404, '?0']);
});

test.each(['', 'x', 'null', `${tokenOf(1, 1)}, ${tokenOf(2, 1)}`, tokenOf(1, 1).slice(1)])(
  'a token that cannot be read is refused: %j',
  async (token) => {
    for (const path of [`/profiles/${idOf(1)}`, `/profiles/${idOf(1)}?consistency=source`]) {
      const { status, body } = await askWith(token, 1, path);
      expect([status, body['type']]).toEqual([400, '/problems/malformed-consistency-token']);
      expect(body['errors']).toEqual([expect.objectContaining({ pointer: 'headers/consistency-token' })]);
    }
  },
);

test('when too many wait, the next one is answered at once and honestly', async () => {
  await api.plant(idOf(1), profileOf({ version: 7 }));
  const path = `/profiles/${idOf(1)}`;
  const five = Array.from({ length: 5 }, () => askWith(tokenOf(1, 8), 3, path));
  await untilWaiting(5);
  const sixth = await askWith(tokenOf(1, 8), 3, path);
  expect([sixth.headers['preference-applied'], sixth.freshness['stale']]).toEqual([undefined, '?1']);
  await api.plant(idOf(1), profileOf({ version: 8 }));
  for (const answer of await Promise.all(five))
    expect(answer.freshness).toMatchObject({ stale: '?0', version: '8' });
});

test('a client that goes away waits no more', async () => {
  const gone = request(`${address}/profiles/${idOf(1)}`, {
    headers: { 'consistency-token': tokenOf(1, 1), prefer: 'wait=3' },
  });
  gone.on('error', () => undefined); // the hang-up below
  const closed = new Promise((resolve) => {
    gone.on('close', resolve);
  });
  gone.end();
  await untilWaiting(1);
  gone.destroy();
  await closed;
  const since = performance.now();
  await untilWaiting(0);
  expect(performance.now() - since).toBeLessThan(1000);
});

test('the metrics tell how long it took, and how often in vain', async () => {
  const { text } = await api.ask('/metrics');
  expect(text).toMatch(/^read_api_wait_seconds_count\{reached="true",projection="profile"\} [1-9]/m);
  expect(text).toMatch(/^read_api_wait_seconds_count\{reached="false",projection="profile"\} [1-9]/m);
  expect(text).toMatch(/^read_api_stale_answers_total\{projection="profile"\} [1-9]/m);
  expect(text).toMatch(
    /^read_api_reads_total\{strategy="wait",outcome="found",projection="profile"\} [1-9]/m,
  );
  expect(text).toMatch(
    /^read_api_reads_total\{strategy="wait",outcome="not_found",projection="profile"\} [1-9]/m,
  );
});

test('a service that stops answers those who wait', async () => {
  const stopping = await startReadApi();
  try {
    const url = await stopping.app.listen({ port: 0 });
    const answer = fetch(`${url}/profiles/${idOf(1)}`, {
      headers: { 'consistency-token': tokenOf(1, 1), prefer: 'wait=30' },
    });
    await until(
      'it waits',
      async () => (await stopping.ask('/metrics')).text,
      (text) => text.includes('read_api_waiting_readers{projection="profile"} 1'),
    );
    await stopping.app.close();
    const { status, headers } = await answer;
    expect([status, headers.get('freshness'), headers.get('preference-applied')]).toEqual([
      404,
      'strategy=wait, stale=?1',
      null,
    ]);
  } finally {
    await stopping.close();
  }
});
