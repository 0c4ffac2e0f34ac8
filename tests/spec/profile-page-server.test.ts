/** The profile page's server where no API is needed: who may ask it, where it listens, and how often it looks at the projector. */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pino } from 'pino';
import { createProfilePage } from '../../examples/profile-page/app.ts';
import { ProfilePageConfig, onLoopbackAlone } from '../../examples/profile-page/config.ts';
import { createProjectorSwitch } from '../../examples/profile-page/server/projector-switch.ts';
import { createTokens } from '../../examples/profile-page/server/tokens.ts';
import { ConfigError, loadConfig } from '../../services/shared/config.ts';
import type { HttpApp } from '../../services/shared/http-app.ts';
import { exchange } from '../support/raw-http.ts';

const NOWHERE = 'http://127.0.0.1:9';
let app: HttpApp;
let port = 0;
let turned = 0;
beforeAll(async () => {
  app = await createProfilePage({
    pageFolder: fileURLToPath(new URL('../../examples/profile-page/page', import.meta.url)),
    writeApiUrl: NOWHERE,
    readApiUrl: NOWHERE,
    tokens: createTokens(undefined, 'readside'),
    projector: {
      isOn: () => Promise.resolve(true),
      async turn() {
        turned += 1;
      },
    },
    logger: pino({ level: 'silent' }),
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = app.server.address() as AddressInfo);
});
afterAll(() => app.close());

async function statusOf(request: string, host: string, head: readonly string[] = []): Promise<number> {
  const body = request.startsWith('PUT') ? '{"on":false}' : '';
  const lines = [
    `${request} HTTP/1.1`,
    `Host: ${host}`,
    'Connection: close',
    ...head,
    ...(body === '' ? [] : ['Content-Type: application/json', `Content-Length: ${body.length}`]),
  ];
  return (await exchange(port, `${lines.join('\r\n')}\r\n\r\n${body}`)).status;
}

test.each(['127.0.0.1', 'localhost', 'LOCALHOST', '[::1]'])('the page may be asked by %s', async (name) => {
  expect(await statusOf('GET /api/projector', `${name}:${port}`)).toBe(200);
  expect(await statusOf('GET /', name)).toBe(200);
});

test.each([
  'evil.example',
  'localhost.evil.example',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  '10.0.0.1',
  '',
])('a site whose name “%s” leads to this machine may ask nothing', async (name) => {
  const before = turned;
  expect(await statusOf('GET /', `${name}:3010`)).toBe(403);
  expect(await statusOf('PUT /api/projector', `${name}:3010`)).toBe(403);
  // As where a browser trusts it, and takes the page for the site's own.
  expect(await statusOf('PUT /api/projector', `${name}:3010`, ['Sec-Fetch-Site: same-origin'])).toBe(403);
  expect(await statusOf('PATCH /write/users/x', `${name}:3010`)).toBe(403);
  expect(turned).toBe(before);
});

test('a site that asks it by its own name may neither', async () => {
  expect(await statusOf('PUT /api/projector', `127.0.0.1:${port}`, ['Sec-Fetch-Site: cross-site'])).toBe(403);
});

test('beyond loopback it does not start: it would act for anybody', () => {
  const started = (HOST: string): unknown =>
    onLoopbackAlone(loadConfig(ProfilePageConfig, { WRITE_API_URL: NOWHERE, READ_API_URL: NOWHERE, HOST }));
  for (const host of ['127.0.0.1', 'localhost', '::1']) expect(started(host)).toMatchObject({ HOST: host });
  for (const host of ['0.0.0.0', '::', '10.0.0.1', 'page.example']) {
    expect(() => started(host)).toThrow(ConfigError);
    expect(() => started(host)).toThrow(`HOST ${host} is beyond loopback`);
  }
});

test('whoever looks at the projector at the same time shares one look, and those of the next moment its answer', async () => {
  const asked: string[] = [];
  let stopped = false;
  const projector = createProjectorSwitch(async (verb = '') => {
    asked.push(verb);
    if (verb === 'list') return [{ projection: 'profile', stopped }];
    stopped = verb === 'stop';
    return {};
  });
  expect(await Promise.all(Array.from({ length: 20 }, () => projector.isOn()))).toEqual(Array(20).fill(true));
  expect(await projector.isOn()).toBe(true);
  expect(asked).toEqual(['list']);
  await projector.turn(false);
  expect(await projector.isOn()).toBe(false);
  expect(asked).toEqual(['list', 'stop', 'list']);
});

test('a look that failed is no answer for others', async () => {
  let works = false;
  const projector = createProjectorSwitch(async () => {
    if (!works) throw new Error('away');
    return [{ projection: 'profile', stopped: false }];
  });
  await expect(projector.isOn()).rejects.toThrow('away');
  works = true;
  expect(await projector.isOn()).toBe(true);
});
