/** What a service does with too many requests, with too much to do, and with whom it lets in; and what it notes of them. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { ANYBODY } from '../../services/shared/auth/access.ts';
import { UNPROTECTED } from '../../services/shared/auth/protection.ts';
import type { Protection } from '../../services/shared/auth/protection.ts';
import { createHttpApp } from '../../services/shared/http-app.ts';
import { ProblemError } from '../../services/shared/problem.ts';
import { waitFor } from '../../stack/wait.ts';
import { startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

/** A token is `<subject> <scope>…`, with + between. */
const verify: NonNullable<Protection['verify']> = async (token) => {
  const [subject = '', ...scopes] = token.split('+');
  if (subject === 'wrong') throw new ProblemError(401, 'invalid-token', 'The token is not valid');
  return { subject, scopes: new Set(scopes), expiresAt: Infinity };
};
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

let api: TestWriteApi;
beforeEach(async () => {
  api = await startWriteApi({ protection: { verify, requestsPerMinute: 3, maxDelayMs: 0 } });
}, 60_000);
afterEach(() => api.close());

test('a subject that asks too often is told when it may again; others, and operators, are not concerned', async () => {
  const [one, two] = ['01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f', '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e60'];
  const ask = (token: string) => api.ask('DELETE', `/users/${one}`, undefined, bearer(token));
  for (let i = 0; i < 3; i++) expect(await ask(`${one}+profile:write`)).toMatchObject({ status: 404 });
  const refused = await ask(`${one}+profile:write`);
  expect(refused).toMatchObject({ status: 429, body: { type: '/problems/too-many-requests' } });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(60);
  // Whatever it may do: it is the subject that is counted, and not its token.
  expect(await ask(`${one}+profile:read`)).toMatchObject({ status: 429 });
  expect(await ask(`${two}+profile:write`)).toMatchObject({ status: 404 });
  for (let i = 0; i < 5; i++) expect(await ask('operator+admin')).toMatchObject({ status: 404 });
  for (let i = 0; i < 5; i++) expect(await api.ask('GET', '/livez')).toMatchObject({ status: 200 });
  // Who cannot say who it is, is nobody who is counted.
  for (let i = 0; i < 5; i++) expect(await ask('wrong+admin')).toMatchObject({ status: 401 });
});

test('a change is noted with the subject of its token, and with nobody else’s', async () => {
  const admin = bearer('operator+admin');
  const user = { email: 'a@example.com', fullName: 'A' };
  const { body } = await api.ask('POST', '/users', user, admin);
  const id = String(body['id']);
  const writer = async () =>
    (await api.rows('select changed_by from users where id = $1', id))[0]?.['changed_by'];
  expect(await writer()).toBe('operator');
  expect(await api.ask('PATCH', `/users/${id}`, { bio: 'x' }, bearer(`${id}+profile:write`))).toMatchObject({
    status: 200,
  });
  expect(await writer()).toBe(id);
  const quoted = `o'brien');--`;
  expect(await api.ask('PATCH', `/users/${id}`, { bio: 'y' }, bearer(`${quoted}+admin`))).toMatchObject({
    status: 200,
  });
  expect(await writer()).toBe(quoted);
  expect(await api.ask('PATCH', `/users/${id}`, { bio: 'z' }, admin)).toMatchObject({ status: 200 });
  expect(await writer()).toBe('operator');
});

test('two subjects may take the same Idempotency-Key, and neither learns of the other', async () => {
  const ids = await Promise.all(
    ['a', 'b'].map(async (name) => {
      const user = { email: `${name}@example.com`, fullName: name };
      return String((await api.ask('POST', '/users', user, bearer('operator+admin'))).body['id']);
    }),
  );
  const change = (id: string, bio: string) =>
    api.ask(
      'PATCH',
      `/users/${id}`,
      { bio },
      { ...bearer(`${id}+profile:write`), 'idempotency-key': 'today' },
    );
  for (const id of ids) {
    const first = await change(id, 'x');
    expect(first).toMatchObject({ status: 200, body: { id } });
    expect((await change(id, 'x')).body).toEqual(first.body);
    expect((await change(id, 'y')).status).toBe(422);
  }
});

test('OpenAPI says who may what, and how those are refused who may not', async () => {
  const { paths, components } = (await api.ask('GET', '/openapi.json')).body as {
    paths: Record<string, Record<string, { security?: unknown; responses: Record<string, unknown> }>>;
    components: { securitySchemes: unknown };
  };
  expect(components.securitySchemes).toEqual({
    bearer: expect.objectContaining({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' }),
  });
  expect(paths['/users']?.['post']?.security).toEqual([{ bearer: ['admin'] }]);
  expect(paths['/users/{id}']?.['patch']?.security).toEqual([{ bearer: ['profile:write'] }]);
  const responses = Object.values(paths).flatMap((each) => Object.values(each));
  expect(responses.length).toBeGreaterThan(8);
  for (const each of responses)
    expect(Object.keys(each.responses)).toEqual(expect.arrayContaining(['401', '403', '429']));
});

test('a service that comes to nothing but its work sends others away, and shows operators how it is', async () => {
  const app = await appWith({ ...UNPROTECTED, maxDelayMs: 20 });
  app.get('/work', { config: { access: { scope: 'admin' } } }, () => ({ done: true }));
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const status = async (path: string) => {
    const response = await fetch(`${url}${path}`);
    return { status: response.status, again: response.headers.get('retry-after') };
  };
  expect(await status('/work')).toMatchObject({ status: 200 });
  // Most of every turn of the event loop, for as long as it takes to be noticed.
  const busy = setInterval(() => {
    const until = performance.now() + 100;
    while (performance.now() < until);
  }, 1);
  try {
    await waitFor('the service to refuse', async () => (await status('/work')).status === 503, {
      timeoutMs: 20_000,
    });
    expect(await status('/work')).toEqual({ status: 503, again: '2' });
    expect(await status('/livez')).toMatchObject({ status: 200 });
  } finally {
    clearInterval(busy);
  }
  await waitFor('the service to serve again', async () => (await status('/work')).status === 200, {
    timeoutMs: 20_000,
  });
  await app.close();
}, 60_000);

test('a route that does not say who may use it cannot be added', async () => {
  const app = await appWith(UNPROTECTED);
  expect(() => app.get('/forgotten', () => ({}))).toThrow('/forgotten does not say who may use it');
  app.get('/open', { config: ANYBODY }, () => ({}));
  await app.close();
});

async function appWith(protection: Protection) {
  return createHttpApp({
    logger: pino({ level: 'silent' }),
    title: 'a service',
    description: 'of a test',
    version: '0',
    protection,
    readiness: {},
  });
}
