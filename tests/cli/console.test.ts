/** The console as a process: what it lets in, shows, does and leaves behind. Its commands are real, on the run's servers. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Job } from '../../services/shared/job.ts';
import type { StatusReport } from '../../services/shared/status-report.ts';
import { identify } from '../../stack/process-identity.ts';
import { waitFor } from '../../stack/wait.ts';
import { pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { OPERATOR, startConsole, tokenOf } from '../support/console.ts';
import type { ConsoleClient, Events } from '../support/console.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';

const STATUS_MS = 20_000;

let app: ConsoleClient;
let pipeline: Pipeline;
let user = '';
beforeAll(async () => {
  pipeline = await openPipeline();
  user = await addUser(pipeline.sql, { email: `Seen.${Date.now()}@Example.com` });
  await servedAsInSql(pipeline, [user]);
  app = await startConsole();
}, 180_000);
afterAll(async () => {
  await app.service.stop();
  await pipeline.close();
});

function untilStatus(events: Events, more: number): Promise<StatusReport> {
  const before = events.count('status');
  return waitFor(
    'a look',
    () => (events.count('status') >= before + more ? (events.latest('status') as StatusReport) : undefined),
    { timeoutMs: STATUS_MS },
  );
}

describe('whoever asks', () => {
  test('is given the page without a token, under a policy that lets nothing in from elsewhere', async () => {
    const { status, headers, body } = await app.ask('GET', '/', undefined, null);
    expect(status).toBe(200);
    expect(body).toContain('<script type="importmap">');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(
      /^default-src 'self'; script-src 'self' 'sha256-[\w+/=]+'; style-src 'self'; .*connect-src 'self'; .*frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
    );
    expect(headers.get('set-cookie')).toBeNull();
    expect((await app.ask('GET', '/main.js', undefined, null)).status).toBe(200);
    const again = await fetch(`${app.service.url}/`, {
      // Else fetch would ask as if nothing were known.
      headers: { 'if-none-match': headers.get('etag') ?? '', 'cache-control': 'max-age=0' },
    });
    expect(again.status).toBe(304);
  });

  test.each(['/api/events', '/api/history', '/api/acts', '/api/audit/profile'])(
    'has %s as an administrator only',
    async (path) => {
      expect((await app.ask('GET', path, undefined, null)).status).toBe(401);
      const own = await tokenOf(user, ['profile:read', 'profile:write']);
      expect((await app.ask('GET', path, undefined, own)).status).toBe(403);
    },
  );
});

describe('what it shows', () => {
  test('is how the system is, at once and again each second', async () => {
    const events = await app.events();
    const report = await untilStatus(events, 2);
    expect(report).toMatchObject({ state: 'up-to-date', projections: [{ projection: 'profile' }] });
    expect(events.latest('jobs')).toEqual(expect.any(Array));
    events.close();
    const another = await app.events();
    await waitFor('the latest look', () => another.latest('status') !== undefined, { timeoutMs: 2000 });
    another.close();
    const { body } = await app.ask('GET', '/api/history');
    expect(body).toMatchObject({ projections: { profile: { lagEvents: expect.any(Array) } } });
  });

  test('comes again when the process that looks is killed, which is told meanwhile', async () => {
    const events = await app.events();
    await untilStatus(events, 1);
    const [looker = 0] = app.children();
    process.kill(looker, 'SIGKILL');
    await waitFor('that it is gone', () => events.latest('gone') !== undefined, { timeoutMs: 10_000 });
    expect(events.latest('gone')).toEqual({ why: 'it was ended by SIGKILL' });
    await untilStatus(events, 1);
    expect(app.children()).not.toContain(looker);
    events.close();
  });

  test('is shown to so many browsers and no more', async () => {
    const opened: Events[] = [];
    const refusal = await waitFor(
      'a refusal',
      async () => app.events().then((each) => void opened.push(each), String),
      { timeoutMs: 30_000, intervalMs: 0 },
    );
    expect({ refusal, opened: opened.length }).toEqual({
      refusal: expect.stringContaining('503'),
      opened: 50,
    });
    for (const each of opened) each.close();
    await waitFor(
      'a place',
      async () =>
        app.events().then(
          (each) => (each.close(), true),
          () => false,
        ),
      {
        timeoutMs: 10_000,
      },
    );
  });
});

describe('an act', () => {
  test('is done by the command, as whoever asked, and told to every browser from its begin to its end', async () => {
    const events = await app.events();
    const id = await app.begin('repair', { projection: 'profile', id: user });
    await waitFor('its begin', () => JSON.stringify(events.latest('jobs')).includes(id), { timeoutMs: 5000 });
    const job = await app.job(id);
    expect(job).toMatchObject({ act: 'repair', by: OPERATOR, state: 'done', exitCode: 0, message: null });
    const told = (): Job | undefined =>
      (events.latest('jobs') as readonly Job[]).find((each) => each.id === id && each.state !== 'running');
    expect(await waitFor('its end', told, { timeoutMs: 5000 })).toEqual(job);
    events.close();
    expect((await app.ask('GET', '/api/audit/profile')).body).toContainEqual(
      expect.objectContaining({ act: 'repair', by: OPERATOR }),
    );
  }, 90_000);

  test('that fails says why', async () => {
    const id = await app.begin('rollback', { projection: 'profile' });
    const job = await app.job(id);
    expect(job).toMatchObject({ state: 'failed', figures: null });
    expect(job.message).toMatch(/\w{5}/);
    expect(job.message).not.toMatch(/^readside:/);
  }, 90_000);

  test('tells how far it is, is alone with its documents, and ends in order when it is interrupted', async () => {
    await pauseConnector('profile');
    try {
      await pipeline.sql.query("update users set bio = 'held back' where id = $1", [user]);
      // It finds a difference, and waits for the stream to catch up.
      const id = await app.begin('verify', { projection: 'profile', all: true });
      await app.job(id, ({ progress }) => progress !== null);
      const second = await app.ask('POST', '/api/acts', { act: 'verify', params: { projection: 'profile' } });
      expect(second).toMatchObject({ status: 409, body: { type: '/problems/act-under-way' } });
      expect((await app.ask('DELETE', `/api/acts/${id}`)).status).toBe(202);
      expect(await app.job(id)).toMatchObject({
        state: 'interrupted',
        exitCode: 130,
        message: expect.stringContaining('stopped'),
      });
      expect((await app.ask('DELETE', `/api/acts/${id}`)).status).toBe(409);
    } finally {
      await resumeConnector('profile');
    }
  }, 120_000);

  test('rebuilds with the rights that it has in a container', async () => {
    const id = await app.begin('rebuild', { projection: 'profile' });
    expect(await app.job(id)).toMatchObject({
      message: null,
      state: 'done',
      figures: { copied: expect.any(Number), verified: expect.any(Number) },
    });
  }, 120_000);
});

describe('a question', () => {
  test('finds a document by what it is looked up by, and explains it', async () => {
    const { rows } = await pipeline.sql.query('select email from users where id = $1', [user]);
    const email = encodeURIComponent(String(rows[0]?.['email']).toUpperCase());
    const found = await app.ask('GET', `/api/documents/profile?q=${email}`);
    expect(found).toMatchObject({ status: 200, body: { id: user, by: 'email', phase: 'live' } });
    const { body } = await app.ask('GET', `/api/documents/profile/${user}`);
    expect(body).toMatchObject({
      id: user,
      source: { state: 'equal' },
      document: { id: user },
      rows: { users: [{ id: user }], addresses: [], preferences: [] },
      changes: expect.arrayContaining([expect.objectContaining({ table: 'users', op: 'c' })]),
    });
  }, 90_000);

  test.each([
    ['/api/documents/profile?q=nobody', 422, 'no document has the id or the lookup nobody'],
    ['/api/dead-letters/profile/nobody', 422, 'nobody is not in quarantine'],
    ['/api/dead-letters/nope', 422, 'PROJECTION nope: there is no '],
  ])(
    'that has no answer says why: %s',
    async (path, status, detail) => {
      const answer = await app.ask('GET', path);
      expect(answer).toMatchObject({ status, body: { type: '/problems/command-refused' } });
      expect((answer.body as { readonly detail: string }).detail).toContain(detail);
    },
    60_000,
  );

  test('of many is answered in turn, and the same one once', async () => {
    const asked = Array.from({ length: 8 }, () => app.ask('GET', '/api/dead-letters/profile'));
    await waitFor('the command', () => app.children().length > 1, { timeoutMs: 10_000, intervalMs: 10 });
    expect(app.children().length).toBe(2);
    for (const { status, body } of await Promise.all(asked))
      expect({ status, body }).toEqual({ status: 200, body: { documents: [], unkeyed: [] } });
  }, 60_000);
});

test('at its stop it ends every stream and every command, and exits in time', async () => {
  const own = await startConsole();
  const events = await own.events();
  await untilStatus(events, 1);
  await own.begin('verify', { projection: 'profile', all: true });
  const children = own.children();
  expect(children).toHaveLength(2);
  const { code, stdout } = await own.service.stop();
  await events.ended;
  expect(code).toBe(0);
  expect(children.filter((pid) => identify(pid) !== undefined)).toEqual([]);
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines).toContainEqual(
    expect.objectContaining({ act: 'verify', by: OPERATOR, state: 'interrupted', projection: 'profile' }),
  );
  expect(stdout).not.toContain(user);
}, 120_000);
