/** Who is let in: configuration, tokens, and the rule of whose documents a subject may touch. */
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK } from 'jose';
import { refusalOf } from '../../services/shared/auth/access.ts';
import type { Access } from '../../services/shared/auth/access.ts';
import {
  authSettings,
  isLoopback,
  requireAuthBeyondLoopback,
} from '../../services/shared/auth/auth-config.ts';
import { createKeptPrincipals } from '../../services/shared/auth/kept-principals.ts';
import type { Principal } from '../../services/shared/auth/principal.ts';
import { signToken } from '../../services/shared/auth/sign-token.ts';
import { createVerifyToken } from '../../services/shared/auth/verify-token.ts';
import { ConfigError } from '../../services/shared/config.ts';
import { waitFor } from '../../stack/wait.ts';

const SECRET = 's'.repeat(32);
const AUDIENCE = { AUTH_AUDIENCE: 'readside' };
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

describe('configuration', () => {
  test('nothing of it: everybody is let in, which only loopback may', () => {
    expect(authSettings(AUDIENCE)).toBeNull();
    expect(authSettings({ ...AUDIENCE, AUTH_SECRET: '', AUTH_ISSUER: '', AUTH_JWKS_URL: '' })).toBeNull();
    for (const HOST of ['127.0.0.1', '127.1.2.3', '::1', 'localhost'])
      expect(requireAuthBeyondLoopback({ ...AUDIENCE, HOST })).toEqual({ ...AUDIENCE, HOST });
    for (const HOST of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '127.example.com',
      'localhost.example.com',
      '1270.0.0.1',
    ])
      expect(() => requireAuthBeyondLoopback({ ...AUDIENCE, HOST })).toThrow(ConfigError);
    expect(requireAuthBeyondLoopback({ ...AUDIENCE, HOST: '0.0.0.0', AUTH_SECRET: SECRET })).toBeTruthy();
    expect(isLoopback('127.0.0.1.example.com')).toBe(false);
  });

  test.each([
    ['a short secret', { AUTH_SECRET: 'short' }, 'AUTH_SECRET has 5 bytes'],
    [
      'two sources of trust',
      { AUTH_SECRET: SECRET, AUTH_JWKS_URL: 'https://a.example/jwks' },
      'exclude each other',
    ],
    ['keys of nobody', { AUTH_JWKS_URL: 'https://a.example/jwks' }, 'AUTH_ISSUER is not set'],
    ['an issuer without TLS', { AUTH_ISSUER: 'http://a.example' }, 'AUTH_ISSUER must be an https URL'],
    ['an issuer that is no URL', { AUTH_ISSUER: 'a.example' }, 'AUTH_ISSUER must be an https URL'],
    [
      'keys without TLS',
      { AUTH_ISSUER: 'https://a.example', AUTH_JWKS_URL: 'http://a.example/jwks' },
      'AUTH_JWKS_URL must be an https URL',
    ],
  ])('%s is refused', (_what, given, why) => {
    expect(() => authSettings({ ...AUDIENCE, ...given })).toThrow(why);
  });
});

describe('a token by the shared secret', () => {
  const settings = authSettings({ ...AUDIENCE, AUTH_SECRET: SECRET });
  if (settings?.kind !== 'secret') throw new Error('no secret');
  const { secret } = settings;
  const verify = createVerifyToken(settings);
  const base = (header: object = {}): SignJWT =>
    new SignJWT({ scope: 'profile:read profile:write' })
      .setProtectedHeader({ alg: 'HS256', ...header })
      .setIssuer('readside')
      .setAudience('readside')
      .setSubject('someone')
      .setExpirationTime(nowSeconds() + 60);

  test('tells who asks, and what for', async () => {
    const claims = { subject: 'someone', scopes: ['profile:read'], expiresAt: nowSeconds() + 60 };
    const token = await signToken(settings, claims);
    const principal = { ...claims, scopes: new Set(claims.scopes), expiresAt: 1000 * claims.expiresAt };
    expect(await verify(token)).toEqual(principal);
    expect(await verify(token)).toEqual(principal); // as it is kept
  });

  test.each<[string, () => Promise<string> | string, string]>([
    ['text', () => 'nonsense', 'it is not a signed JWT'],
    ['nothing between dots', () => '..', 'it is not a signed JWT'],
    ['without an algorithm', () => unsecured(), 'its algorithm is not one that is taken here'],
    [
      'of another secret',
      () => base().sign(new TextEncoder().encode('x'.repeat(32))),
      'its signature is not right',
    ],
    ['of another algorithm', () => base({ alg: 'HS512' }).sign(longer(secret)), 'its algorithm'],
    ['changed', async () => changed(await base().sign(secret)), 'its signature is not right'],
    [
      'expired',
      () =>
        base()
          .setExpirationTime(nowSeconds() - 60)
          .sign(secret),
      'it has expired',
    ],
    [
      'not yet valid',
      () =>
        base()
          .setNotBefore(nowSeconds() + 60)
          .sign(secret),
      'it is not for this service',
    ],
    ['for ever', () => endless().sign(secret), 'it is not for this service'],
    ['of nobody', () => base().setSubject('').sign(secret), 'its subject is not'],
    [
      'of a subject that no log would show',
      () => base().setSubject('a\u0000b').sign(secret),
      'its subject is not',
    ],
    [
      'of a subject without an end',
      () => base().setSubject('a'.repeat(257)).sign(secret),
      'its subject is not',
    ],
    ['of a subject that is a number', () => numbered().sign(secret), 'its subject is not'],
    ['of another issuer', () => base().setIssuer('other').sign(secret), 'it is not for this service'],
    ['for another audience', () => base().setAudience('other').sign(secret), 'it is not for this service'],
    [
      'with what must be understood and is not',
      () => base({ crit: ['x'], x: 1 }).sign(secret, { crit: { x: true } }),
      'it needs what is not supported',
    ],
  ])('%s is refused', async (_what, make, reason) => {
    const token = await make();
    await expect(verify(token)).rejects.toMatchObject({
      status: 401,
      slug: 'invalid-token',
      detail: expect.stringContaining(reason),
      headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
    });
  });

  const unsecured = (): string =>
    new UnsecuredJWT({ scope: 'admin' })
      .setIssuer('readside')
      .setAudience('readside')
      .setSubject('someone')
      .setExpirationTime(nowSeconds() + 60)
      .encode();
  const numbered = (): SignJWT =>
    new SignJWT({ sub: 5 as unknown as string, scope: 'admin' })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('readside')
      .setAudience('readside')
      .setExpirationTime(nowSeconds() + 60);
  const endless = (): SignJWT =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('readside')
      .setAudience('readside')
      .setSubject('someone');
  const longer = (bytes: Uint8Array): Uint8Array => new Uint8Array([...bytes, ...bytes]);
  /** The same signature under another payload. */
  function changed(token: string): string {
    const [header, payload = '', signature] = token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const other = Buffer.from(JSON.stringify({ ...claims, scope: 'admin' })).toString('base64url');
    return [header, other, signature].join('.');
  }
});

describe('a token of an issuer', () => {
  let server: Server;
  let issuer = '';
  let isDown = false;
  const published: JWK[] = [];
  const keys = new Map<string, CryptoKey>();

  async function newKey(kid: string, alg: string): Promise<void> {
    const pair = await generateKeyPair(alg, { extractable: true });
    keys.set(kid, pair.privateKey);
    published.push({ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' });
  }
  const signed = (kid: string, alg: string, subject = 'someone'): Promise<string> => {
    const key = keys.get(kid);
    if (!key) throw new Error(`no key ${kid}`);
    return new SignJWT({ scp: ['profile:read'] })
      .setProtectedHeader({ alg, kid })
      .setIssuer(issuer)
      .setAudience('readside')
      .setSubject(subject)
      .setExpirationTime('1m')
      .sign(key);
  };

  beforeAll(async () => {
    await newKey('one', 'RS256');
    await newKey('two', 'ES256');
    server = createServer((request, response) => {
      if (isDown) return void response.writeHead(500).end();
      const told = request.url === '/jwks' ? { keys: published } : { issuer, jwks_uri: `${issuer}/jwks` };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(told));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    issuer = `http://127.0.0.1:${address.port}`;
  });
  afterAll(() => {
    server.close();
  });

  const verifier = (more: object = {}) => {
    const settings = authSettings({ ...AUDIENCE, AUTH_ISSUER: issuer, ...more });
    if (!settings) throw new Error('no settings');
    return createVerifyToken(settings);
  };

  test('is checked by the keys that the issuer tells by discovery, or where they are said to be', async () => {
    const principal = { subject: 'someone', scopes: new Set(['profile:read']) };
    expect(await verifier()(await signed('one', 'RS256'))).toMatchObject(principal);
    expect(await verifier({ AUTH_JWKS_URL: `${issuer}/jwks` })(await signed('two', 'ES256'))).toMatchObject(
      principal,
    );
  });

  test('signed with the public key as if that were a shared secret is refused', async () => {
    const [jwk] = published;
    const token = await new SignJWT({ scope: 'admin' })
      .setProtectedHeader({ alg: 'HS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience('readside')
      .setSubject('someone')
      .setExpirationTime('1m')
      .sign(new TextEncoder().encode(JSON.stringify(jwk)));
    await expect(verifier()(token)).rejects.toMatchObject({
      status: 401,
      detail: expect.stringContaining('algorithm'),
    });
  });

  test('of a key that the issuer does not have is refused', async () => {
    const pair = await generateKeyPair('RS256');
    keys.set('unknown', pair.privateKey);
    await expect(verifier()(await signed('unknown', 'RS256'))).rejects.toMatchObject({
      status: 401,
      detail: 'the issuer has no such key',
    });
  });

  test('cannot be judged while the keys cannot be had: 503, and as soon as they can be, it is', async () => {
    const verify = verifier();
    const token = await signed('one', 'RS256', 'late');
    isDown = true;
    await expect(verify(token)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    isDown = false;
    const judged = await waitFor('the keys', () => verify(token).catch(() => undefined), {
      timeoutMs: 10_000,
    });
    expect(judged).toMatchObject({ subject: 'late' });
  });
});

describe('what a principal may', () => {
  const id = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
  const other = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e60';
  const own: Access = { scope: 'profile:read', own: 'id' };
  const all: Access = { scope: 'profile:read' };
  const as = (subject: string, ...scopes: string[]): Principal => ({
    subject,
    scopes: new Set(scopes),
    expiresAt: Infinity,
  });
  const status = (access: Exclude<Access, 'anybody'> | undefined, principal: Principal, asked = id) =>
    refusalOf(access, principal, { id: asked })?.status ?? 200;

  test.each([
    ['its own document', own, as(id, 'profile:read'), id, 200],
    ['its own, in the other case', own, as(id, 'profile:read'), id.toUpperCase(), 200],
    ['another’s', own, as(id, 'profile:read'), other, 404],
    ['its own without the scope', own, as(id, 'profile:write'), id, 403],
    ['its own with a scope that only begins like it', own, as(id, 'profile:reader'), id, 403],
    ['its own with no scope', own, as(id), id, 403],
    ['all', all, as(id, 'profile:read', 'profile:write'), id, 403],
    ['all, as an administrator', all, as('ops', 'admin'), id, 200],
    ['another’s, as an administrator', own, as('ops', 'admin'), other, 200],
    ['of two that differ in case and are no UUIDs, the other', own, as('bob', 'profile:read'), 'Bob', 404],
    ['what says nothing', undefined, as(id, 'profile:read'), id, 403],
    ['what says nothing, as an administrator', undefined, as('ops', 'admin'), id, 200],
    ['an empty id', own, as(id, 'profile:read'), '', 404],
  ])('%s', (_what, access, principal, asked, expected) => {
    expect(status(access as typeof own, principal, asked)).toBe(expected);
  });
});

test('tokens are kept for a minute, and never beyond their expiry', () => {
  let now = 1_000_000;
  const kept = createKeptPrincipals(() => now);
  const until = (expiresAt: number): Principal => ({ subject: 'a', scopes: new Set(), expiresAt });
  const [short, long] = [until(now + 10_000), until(now + 10_000_000)];
  kept.put('short', short);
  kept.put('long', long);
  expect([kept.get('short'), kept.get('long'), kept.get('none')]).toEqual([short, long, undefined]);
  now += 10_000;
  expect([kept.get('short'), kept.get('long')]).toEqual([undefined, long]);
  now += 50_000;
  expect(kept.get('long')).toBeUndefined();
});
