import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { idOf, profileOf, startReadApi, until } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openLink } from '../support/tcp-link.ts';
import type { TcpLink } from '../support/tcp-link.ts';

const TIMEOUT_MS = 800;
let link: TcpLink;
let api: TestReadApi;
beforeAll(async () => {
  const { hostname, port } = new URL(stackEndpoints().mongoUrl);
  link = await openLink(hostname, Number(port));
  api = await startReadApi({ mongoHost: `127.0.0.1:${link.port}`, mongoTimeoutMs: TIMEOUT_MS });
  await api.plant(idOf(1), profileOf());
});
afterAll(async () => {
  await link.restore();
  await api.close();
  await link.cut();
});

const token = encodeToken({ id: idOf(1), revision: 99, deleted: false });
const EVERY_READ: ReadonlyArray<readonly [string, Readonly<Record<string, string>>]> = [
  [`/profiles/${idOf(1)}`, {}],
  [`/profiles/${idOf(1)}/version`, {}],
  ['/profiles?email=ada@example.com', {}],
  ['/profiles', {}],
  [`/profiles/${idOf(1)}`, { 'consistency-token': token }],
  [`/profiles/${idOf(1)}`, { 'consistency-token': token, prefer: 'wait=20' }],
];

async function expectUnavailable(): Promise<void> {
  const since = performance.now();
  const answers = await Promise.all(EVERY_READ.map(([path, headers]) => api.ask(path, headers)));
  for (const { status, body, headers } of answers) {
    expect([status, body['type'], headers['retry-after']]).toEqual([
      503,
      '/problems/documents-unavailable',
      '1',
    ]);
    expect(headers['content-type']).toContain('application/problem+json');
    expect(headers['cache-control']).toBe('no-store');
  }
  expect(performance.now() - since).toBeLessThan(4 * TIMEOUT_MS);
}

const untilServed = (): Promise<ReadAnswer> =>
  until(
    'it serves again',
    () => api.ask(`/profiles/${idOf(1)}`),
    ({ status }) => status === 200,
  );

test('when MongoDB cannot be reached every read is 503, and then served again', async () => {
  await untilServed();
  await link.cut();
  await expectUnavailable();
  await expectUnavailable();
  const ready = await api.ask('/readyz');
  expect([ready.status, ready.body['status']]).toEqual([503, 'unready']);
  expect((await api.ask('/livez')).status).toBe(200);
  await link.restore();
  expect((await untilServed()).body['version']).toBe(7);
  expect((await api.ask('/readyz')).status).toBe(200);
});

test('when MongoDB hangs every read is 503, and then served again', async () => {
  await untilServed();
  link.stall();
  await expectUnavailable();
  await link.restore();
  expect((await untilServed()).body['version']).toBe(7);
});

test('many readers at once wait no longer for a server that is away', async () => {
  await untilServed();
  await link.cut();
  const since = performance.now();
  const answers = await Promise.all(Array.from({ length: 2000 }, (_, i) => api.ask(`/profiles/${idOf(i)}`)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  expect(performance.now() - since).toBeLessThan(12 * TIMEOUT_MS);
  await link.restore();
  await untilServed();
});

test('a reader that waits when MongoDB goes away is told so', async () => {
  await untilServed();
  const answer = api.ask(`/profiles/${idOf(1)}`, { 'consistency-token': token, prefer: 'wait=20' });
  await until(
    'it waits',
    async () => (await api.ask('/metrics')).text,
    (text) => text.includes('read_api_waiting_readers{projection="profile"} 1'),
  );
  await link.cut();
  expect((await answer).status).toBe(503);
  await link.restore();
  await untilServed();
});

test('a service that starts before MongoDB serves as soon as it is there', async () => {
  await link.cut();
  const early = await startReadApi({ mongoHost: `127.0.0.1:${link.port}`, mongoTimeoutMs: TIMEOUT_MS });
  try {
    expect((await early.ask('/profiles')).status).toBe(503);
    await link.restore();
    await until(
      'it serves',
      () => early.ask('/profiles'),
      ({ status }) => status === 200,
    );
  } finally {
    await link.restore();
    await early.close();
  }
});
