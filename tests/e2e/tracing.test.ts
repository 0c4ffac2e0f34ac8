/** One command's trace, from its HTTP request to the document's save, and the read that first shows it: as a collector gets it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withUser } from '../../cli/local/services.ts';
import { waitFor } from '../../stack/wait.ts';
import { openReadSide } from '../support/faults/read-side.ts';
import type { ReadSide } from '../support/faults/read-side.ts';
import { startService } from '../support/service-process.ts';
import type { ServiceProcess } from '../support/service-process.ts';
import { stackEndpoints } from '../support/stack.ts';
import { startTraceCollector } from '../support/trace-collector.ts';
import type { CollectedSpan, TraceCollector } from '../support/trace-collector.ts';

const DEADLINE_MS = 30_000;

let collector: TraceCollector;
let side: ReadSide;
let writeApi: ServiceProcess;
let documents = '';

beforeAll(async () => {
  collector = await startTraceCollector();
  // No trace begins by itself: what is recorded belongs to one that a client began, or shows what such a one did.
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '0' };
  side = await openReadSide({ env });
  const { postgresUrl, secrets } = stackEndpoints();
  const DATABASE_URL = withUser(postgresUrl, 'readside_writer', secrets.writer);
  writeApi = await startService('write-api', { DATABASE_URL, ...env });
  await Promise.all([writeApi.ready(), side.restartReadApi(env)]);
  documents = `${side.readApiUrl}/${side.pipeline.projection.resource}`;
}, 300_000);

afterAll(async () => {
  await writeApi.stop();
  await side.close();
  await collector.close();
}, 120_000);

test('holds every stage of it, in order, and one read by a link', async () => {
  const client = newTrace();
  const { id, token } = await create({ traceparent: client.traceparent });
  await show(id, token);
  await show(id, token);

  const spans = await collected(client.traceId, 8);
  expect(spans.map(({ service, name }) => `${service}: ${name}`)).toEqual([
    'readside-write-api: POST /users',
    'readside-write-api: transaction',
    'readside-projector: capture',
    'readside-projector: publish profile.changes',
    'readside-projector: deliver profile.changes',
    'readside-projector: apply profile_copy',
    'readside-projector: save profile_copies',
    'readside-read-api: GET /profile_copies/:id',
  ]);
  const [request, transaction, capture, publish, deliver, apply, save, read] = spans;
  expect(request).toMatchObject({ traceId: client.traceId, parentSpanId: client.spanId });
  expect(transaction?.parentSpanId).toBe(request?.spanId);
  for (const stage of [capture, publish, deliver, apply])
    expect(stage).toMatchObject({ traceId: client.traceId, parentSpanId: transaction?.spanId });
  expect(save?.parentSpanId).toBe(apply?.spanId);
  expect(read?.traceId).not.toBe(client.traceId);
  expect(read?.links).toMatchObject([{ traceId: client.traceId, spanId: transaction?.spanId }]);
  expect(request?.attributes).toMatchObject({ 'http.response.status_code': 201 });
  expect(apply?.attributes).toMatchObject({ 'readside.document': id });
  // Each begins when the one before it is over, and none is from another time.
  for (const [earlier, later] of [
    [capture, publish],
    [publish, deliver],
    [deliver, apply],
  ] as const)
    expect(later?.from).toBeGreaterThanOrEqual((earlier?.to ?? NaN) - 1);
  for (const { from, to } of spans) {
    expect(to).toBeGreaterThanOrEqual(from);
    expect(from).toBeGreaterThanOrEqual((request?.from ?? NaN) - 1);
  }
}, 90_000);

test('is the command’s alone: one that nobody traces leaves none, and takes away what was there', async () => {
  const client = newTrace();
  const { id } = await create({ traceparent: client.traceparent });
  await collected(client.traceId, 7);
  const noted = (): Promise<unknown> =>
    side.pipeline.sql
      .query('select traceparent from users where id = $1', [id])
      .then(({ rows }) => (rows[0] as { readonly traceparent: string | null }).traceparent);
  expect(await noted()).toMatch(new RegExp(`^00-${client.traceId}-[0-9a-f]{16}-01$`));

  const { token } = await send('PATCH', `/users/${id}`, { bio: 'untraced' }, {});
  expect(await noted()).toBeNull();
  await show(id, token);
  await side.pipeline.settled();
  // What comes later is there: so what came before it would be.
  const later = newTrace();
  const other = await create({ traceparent: later.traceparent });
  await show(other.id, other.token);
  await collected(later.traceId, 8);
  expect(collector.spans().filter(({ name }) => name.startsWith('PATCH'))).toEqual([]);
  expect(concerning(client.traceId)).toHaveLength(7);
}, 90_000);

test('is not lost where the document is changed again before anybody reads it', async () => {
  const client = newTrace();
  const { id } = await create({});
  await side.stopProjectors();
  await send('PATCH', `/users/${id}`, { bio: 'traced' }, { traceparent: client.traceparent });
  const { token } = await send('PATCH', `/users/${id}`, { bio: 'untraced' }, {});
  await side.startProjectors();
  await show(id, token);
  const spans = await collected(client.traceId, 8);
  expect(spans.at(-1)).toMatchObject({ service: 'readside-read-api', links: [{ traceId: client.traceId }] });
}, 120_000);

interface Acknowledged {
  readonly id: string;
  readonly token: string;
}

let created = 0;

function create(headers: Readonly<Record<string, string>>): Promise<Acknowledged> {
  const email = `traced-${Date.now().toString(36)}-${(created += 1)}@example.com`;
  return send('POST', '/users', { email, fullName: 'Traced', preferences: { theme: 'dark' } }, headers);
}

async function send(
  method: string,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>>,
): Promise<Acknowledged> {
  const response = await fetch(`${writeApi.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  expect(response.ok).toBe(true);
  const { id } = (await response.json()) as { readonly id: string };
  return { id, token: response.headers.get('consistency-token') ?? '' };
}

async function show(id: string, token: string): Promise<void> {
  const response = await fetch(`${documents}/${id}`, {
    headers: { 'consistency-token': token, prefer: 'wait=20' },
  });
  expect(response.status).toBe(200);
  expect(response.headers.get('freshness')).toContain('stale=?0');
  await response.arrayBuffer();
}

function newTrace(): { readonly traceId: string; readonly spanId: string; readonly traceparent: string } {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

const SERVICES = ['readside-write-api', 'readside-projector', 'readside-read-api'];

/** In the trace, or linked to it; of each service by when they began. */
function concerning(traceId: string): readonly CollectedSpan[] {
  return collector
    .spans()
    .filter((span) => span.traceId === traceId || span.links.some((link) => link.traceId === traceId))
    .toSorted((a, b) => rank(a) - rank(b) || a.from - b.from || ofOneMoment(a, b));
}

/** What took no time by its clock was over before the other began; what is done within another begins after it. */
function ofOneMoment(a: CollectedSpan, b: CollectedSpan): number {
  if (a.parentSpanId === b.spanId) return 1;
  if (b.parentSpanId === a.spanId) return -1;
  return a.to - b.to;
}

function rank({ service }: CollectedSpan): number {
  return SERVICES.indexOf(service);
}

function collected(traceId: string, count: number): Promise<readonly CollectedSpan[]> {
  return waitFor(
    `${count} spans of ${traceId}`,
    () => {
      const spans = concerning(traceId);
      if (spans.length < count) throw new Error(spans.map(({ name }) => name).join(', '));
      return spans;
    },
    { timeoutMs: DEADLINE_MS, intervalMs: 100 },
  );
}
