/** Which requests are recorded, and in whose trace: without servers, by spans kept in memory. */
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ownOnly } from '../../services/shared/auth/access.ts';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import type { Protection } from '../../services/shared/auth/protection.ts';
import { SCOPES } from '../../services/shared/auth/principal.ts';
import { invalidToken } from '../../services/shared/auth/verify-token.ts';
import { createHttpApp } from '../../services/shared/http-app.ts';
import { createFirstShown } from '../../services/shared/tracing/first-shown.ts';
import { ratioOrLinked } from '../../services/shared/tracing/sampler.ts';

const TRACE = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);
const traceparent = `00-${TRACE}-${'c'.repeat(16)}-01`;
const authorization = 'Bearer known';
const ME = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';

const PROTECTED: Protection = {
  ...UNPROTECTED,
  verify: (token) =>
    token === 'known'
      ? Promise.resolve({ subject: ME, scopes: new Set([SCOPES.read]), expiresAt: Infinity })
      : Promise.reject(invalidToken('it is another')),
};

const closing: Array<() => Promise<void>> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function served(protection: Protection, ratio: number) {
  const exporter = new InMemorySpanExporter();
  const provider = new TracerProvider({
    sampler: ratioOrLinked(ratio),
    spanProcessors: [new SimpleSpanProcessor({ exporter })],
  });
  const lines: string[] = [];
  const app = await createHttpApp({
    logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }),
    title: 'a service',
    description: 'of a test',
    version: '0',
    protection,
    tracer: provider.getTracer('test'),
    readiness: {},
  });
  const savedAt = { now: 0 };
  app.get('/things/:id', { config: ownOnly(SCOPES.read) }, (request) => {
    request.trace?.shows({ traceparent: `00-${OTHER}-${'d'.repeat(16)}-01`, savedAt: savedAt.now });
    return {};
  });
  app.get('/broken/:id', { config: ownOnly(SCOPES.read) }, () => {
    throw new Error('broken');
  });
  await app.ready();
  closing.push(() => app.close());
  const get = async (path: string, headers: Record<string, string>): Promise<number> =>
    (await app.inject({ url: `${path}/${ME}`, headers })).statusCode;
  return { get, savedAt, lines, spans: () => exporter.getFinishedSpans() };
}

describe('a request with a traceparent', () => {
  test('is recorded in that trace, where its token is valid', async () => {
    const { get, spans } = await served(PROTECTED, 0);
    expect(await get('/things', { traceparent, authorization })).toBe(200);
    expect(spans().map((span) => span.spanContext().traceId)).toEqual([TRACE]);
  });

  test('of a stranger is none: nobody without a token says what is recorded', async () => {
    const { get, spans } = await served(PROTECTED, 0);
    expect(await get('/things', { traceparent })).toBe(401);
    expect(await get('/things', { traceparent, authorization: 'Bearer another' })).toBe(401);
    expect(spans()).toEqual([]);
  });

  test('is believed by a service that asks for no token', async () => {
    const { get, spans } = await served(UNPROTECTED, 0);
    expect(await get('/things', { traceparent })).toBe(200);
    expect(spans().map((span) => span.spanContext().traceId)).toEqual([TRACE]);
  });
});

describe('an answer that shows what a traced change has made', () => {
  test('is recorded with a link to it, once', async () => {
    const { get, savedAt, spans } = await served(UNPROTECTED, 0);
    savedAt.now = Date.now() - 1000;
    for (let n = 0; n < 3; n++) expect(await get('/things', {})).toBe(200);
    expect(spans().map(({ links }) => links.map(({ context }) => context.traceId))).toEqual([[OTHER]]);
  });

  test('is not, when that is no news any more', async () => {
    const { get, savedAt, spans } = await served(UNPROTECTED, 0);
    savedAt.now = Date.now() - 61_000;
    expect(await get('/things', {})).toBe(200);
    expect(spans()).toEqual([]);
  });
});

test('a failure is logged with the id of its trace where there is one', async () => {
  const recorded = await served(UNPROTECTED, 1);
  expect(await recorded.get('/broken', { traceparent })).toBe(500);
  expect(JSON.parse(recorded.lines[0] ?? '')).toMatchObject({ traceId: TRACE });
  const unrecorded = await served(UNPROTECTED, 0);
  expect(await unrecorded.get('/broken', {})).toBe(500);
  expect(JSON.parse(unrecorded.lines[0] ?? '')).not.toHaveProperty('traceId');
});

test('of those that were shown so many are remembered', () => {
  const isFirst = createFirstShown(2);
  expect(['a', 'a', 'b', 'c', 'c', 'a'].map(isFirst)).toEqual([true, false, true, true, false, true]);
});
