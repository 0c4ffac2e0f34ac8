/** Hostile requests and forbidden calls, over a socket, to both APIs on real databases and to the console; docs/security.md shows what each gets. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT } from 'jose';
import { pino } from 'pino';
import { createConsole } from '../../services/console/app.ts';
import { authSettings } from '../../services/shared/auth/auth-config.ts';
import { createVerifyToken } from '../../services/shared/auth/verify-token.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import { documentedAnswers } from '../support/documented.ts';
import type { Documented } from '../support/documented.ts';
import { idleReadside } from '../support/idle-readside.ts';
import { HOSTILE_REQUESTS, hostileTable } from '../support/hostile-requests.ts';
import type { Bearer, HostileRequest } from '../support/hostile-requests.ts';
import { exchange } from '../support/raw-http.ts';
import type { RawAnswer } from '../support/raw-http.ts';
import { startReadApi } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';
import { startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const SECRET = 'a secret of the tests, long enough for HS256';
const settings = authSettings({ AUTH_AUDIENCE: 'readside', AUTH_SECRET: SECRET });
if (settings?.kind !== 'secret') throw new Error('no secret');
const protection = { verify: createVerifyToken(settings), requestsPerMinute: 0, maxDelayMs: 0 };

let writeApi: TestWriteApi;
let readApi: TestReadApi;
let console: HttpApp;
const readside = idleReadside();
const ports = { read: 0, write: 0, console: 0 };
let before: unknown;
const rowsOfOther = () =>
  writeApi.rows(
    'select u.*, a.* from users u join addresses a on a.user_id = u.id where u.id = $1',
    names.other,
  );
const names = { own: '', other: '', address: '' };

beforeAll(async () => {
  writeApi = await startWriteApi({ protection });
  readApi = await startReadApi({ protection });
  ports.write = await listen(writeApi.app);
  ports.read = await listen(readApi.app);
  console = await createConsole({
    readside,
    pageFolder: fileURLToPath(new URL('../../services/console/page', import.meta.url)),
    nobody: '',
    logger: pino({ level: 'silent' }),
    version: '0.1.0',
    protection,
  });
  ports.console = await listen(console);
  const admin = { authorization: `Bearer ${await tokenOf('administrator')}` };
  for (const name of ['own', 'other'] as const) {
    const address = { label: 'home', line1: '1 Street', city: 'Lyon', country: 'FR' };
    const user = { email: `${name}@example.com`, fullName: name, addresses: [address] };
    const { body } = await writeApi.ask('POST', '/users', user, admin);
    names[name] = String(body['id']);
    await readApi.plant(names[name], {
      email: user.email,
      fullName: name,
      version: 1,
      addresses: [],
      preferences: {},
    });
  }
  const [row] = await writeApi.rows('select id from addresses where user_id = $1', names.other);
  names.address = row?.['id'] ?? '';
  before = await rowsOfOther();
}, 60_000);
afterAll(async () => {
  await console.close();
  await readApi.close();
  await writeApi.close();
});

test('there are at least sixty, and no two are the same', () => {
  expect(HOSTILE_REQUESTS.length).toBeGreaterThanOrEqual(60);
  const sent = HOSTILE_REQUESTS.map(({ what: _what, gets: _gets, ...request }) => JSON.stringify(request));
  expect(new Set(sent).size).toBe(sent.length);
});

test.each(HOSTILE_REQUESTS.map((each) => [`${each.api}, ${each.bearer}: ${each.what}`, each] as const))(
  '%s',
  async (_name, hostile) => {
    const answer = await send(hostile);
    expect(kindOf(answer)).toBe(hostile.gets);
    const documented = documentedAnswers(documentOf(hostile.api), ...requestLineOf(hostile));
    expect(documented ?? [hostile.gets]).toContain(hostile.gets);
    expect(answer.body.length).toBeLessThan(50_000);
    expect(Object.keys(answer.headers)).not.toContain('set-cookie');
    expect(answer.body).not.toMatch(/ {4}at |node_modules|root:|evil\.example/);
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  },
);

test('after all of them the other user is as before, and the own one as the commands that were taken left it', async () => {
  expect(await rowsOfOther()).toEqual(before);
  const users = await writeApi.rows('select email, bio from users order by email');
  expect(users).toEqual([
    { email: 'other@example.com', bio: null },
    { email: 'own@example.com', bio: 'changed' },
  ]);
  const rows = await writeApi.rows('select key, value::text as value from preferences order by key');
  expect(rows).toEqual([
    { key: '$where', value: '"sleep(1)"' },
    { key: '__proto__', value: '{"isAdmin": true}' },
    { key: 'a.b', value: '{"$ne": 1}' },
  ]);
  expect(await writeApi.rows('select count(*)::text as n from addresses')).toEqual([{ n: '2' }]);
});

test('nothing of it came to the command', () => {
  expect(readside.asked).toEqual([['status', '--watch', '1', '--json']]);
});

test('docs/security.md tells them as they are', () => {
  const text = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8');
  expect(text).toContain(hostileTable());
});

const fill = (text: string): string =>
  text.replaceAll(/\{(own|other|address)\}/g, (_all, name: keyof typeof names) => names[name]);

function requestLineOf({ request }: HostileRequest): [method: string, target: string] {
  const [method = '', target = ''] = fill(request).split(' ');
  return [method, target];
}

function documentOf(api: HostileRequest['api']): Documented {
  const app = { read: readApi.app, write: writeApi.app, console }[api];
  return JSON.parse(JSON.stringify(app.swagger())) as Documented;
}

async function send({ api, request, bearer, host, head = [], body }: HostileRequest): Promise<RawAnswer> {
  const token = await tokenOf(bearer);
  const given = head.map((line) => line.toLowerCase());
  const lines = [
    `${fill(request)} HTTP/1.1`,
    `Host: ${host ?? (api === 'console' ? `localhost:${ports.console}` : 'readside.example')}`,
    'Connection: close',
    ...(token === null ? [] : [`Authorization: Bearer ${token}`]),
    ...head,
  ];
  if (body === undefined) return exchange(ports[api], `${lines.join('\r\n')}\r\n\r\n`);
  const bytes = Buffer.from(fill(body));
  if (!given.some((line) => line.startsWith('content-type:'))) lines.push('Content-Type: application/json');
  lines.push(`Content-Length: ${bytes.length}`);
  return exchange(ports[api], Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]));
}

function kindOf({ status, headers, body }: RawAnswer): string {
  if (!headers['content-type']?.startsWith('application/problem+json')) return String(status);
  const { type } = JSON.parse(body) as { readonly type: string };
  return `${status} ${type.replace('/problems/', '')}`;
}

async function listen(app: HttpApp): Promise<number> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** null: none is sent. */
async function tokenOf(bearer: Bearer): Promise<string | null> {
  const secret = new TextEncoder().encode(SECRET);
  const claims = (scope: string, header: object = {}): SignJWT =>
    new SignJWT({ scope })
      .setProtectedHeader({ alg: 'HS256', ...header })
      .setIssuer('readside')
      .setAudience('readside');
  const whole = (scope: string, header: object = {}): SignJWT =>
    claims(scope, header).setSubject(names.own).setExpirationTime('5m');
  const both = 'profile:read profile:write';
  switch (bearer) {
    case 'none':
      return null;
    case 'own':
      return whole(both).sign(secret);
    case 'own, to read':
      return whole('profile:read').sign(secret);
    case 'own, to write':
      return whole('profile:write').sign(secret);
    case 'administrator':
      return claims('admin').setSubject('operator').setExpirationTime('5m').sign(secret);
    case 'expired':
      return claims(both).setSubject(names.own).setExpirationTime('-1m').sign(secret);
    case 'unsigned':
      return new UnsecuredJWT({ scope: 'admin' })
        .setIssuer('readside')
        .setAudience('readside')
        .setSubject(names.own)
        .setExpirationTime('5m')
        .encode();
    case 'of another secret':
      return whole(both).sign(new TextEncoder().encode('another secret, and as long as the first one'));
    case 'of another audience':
      return whole(both).setAudience('others').sign(secret);
    case 'of another issuer':
      return whole(both).setIssuer('others').sign(secret);
    case 'by HS512':
      return whole(both, { alg: 'HS512' }).sign(new Uint8Array([...secret, ...secret]));
    case 'changed to admin': {
      const [header, payload = '', signature] = (await whole(both).sign(secret)).split('.');
      const told = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object;
      return [
        header,
        Buffer.from(JSON.stringify({ ...told, scope: 'admin' })).toString('base64url'),
        signature,
      ].join('.');
    }
    case 'without a subject':
      return claims(both).setExpirationTime('5m').sign(secret);
    case 'without an expiry':
      return claims(both).setSubject(names.own).sign(secret);
  }
}
