/** What holds of every command, whatever it does: once for each key, from the version that was named, by whom it may be; and hostile input. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SignJWT } from 'jose';
import { authSettings } from '../../services/shared/auth/auth-config.ts';
import { createVerifyToken } from '../../services/shared/auth/verify-token.ts';
import { startBankingApi } from './support/banking-api.ts';
import type { TestBankingApi } from './support/banking-api.ts';

let api: TestBankingApi;
beforeAll(async () => {
  api = await startBankingApi();
});
afterAll(() => api.close());

const keyed = (key: string): Record<string, string> => ({ 'idempotency-key': key });
const kindOf = (body: Readonly<Record<string, unknown>>): string =>
  String(body['type']).replace('/problems/', '');
const eventCount = async (id: string): Promise<number> =>
  (await api.rows('select 1 from emt_messages where stream_id = $1', id)).length;

describe('an Idempotency-Key', () => {
  test('gets the first answer again, and the money moves once, by every command', async () => {
    const id = await api.newAccount(500);
    const other = await api.newAccount();
    const empty = await api.newAccount();
    const commands = [
      ['/accounts', { owner: 'Ada', currency: 'EUR' }],
      [`/accounts/${id}/deposits`, { amount: 100, currency: 'EUR' }],
      [`/accounts/${id}/withdrawals`, { amount: 10, currency: 'EUR' }],
      [`/accounts/${id}/transfers`, { amount: 20, currency: 'EUR', to: other }],
      [`/accounts/${empty}/closure`, undefined],
    ] as const;
    for (const [index, [path, body]] of commands.entries()) {
      const first = await api.ask('POST', path, body, keyed(`each-${index}`));
      const second = await api.ask('POST', path, body, keyed(`each-${index}`));
      expect([path, first.status < 300]).toEqual([path, true]);
      expect([second.status, second.text]).toEqual([first.status, first.text]);
      for (const name of ['etag', 'consistency-token', 'location'])
        expect(second.headers[name]).toBe(first.headers[name]);
    }
    expect(await api.balanceOf(id)).toBe(570);
    expect(await eventCount(empty)).toBe(2);
  });

  test('sent many times at once moves the money once', async () => {
    const id = await api.newAccount();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.deposit(id, { amount: 7 }, keyed('at once'))),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(await api.balanceOf(id)).toBe(7);
  });

  test('with another body is refused', async () => {
    const id = await api.newAccount();
    await api.deposit(id, { amount: 1 }, keyed('other'));
    const { status, body } = await api.deposit(id, { amount: 2 }, keyed('other'));
    expect([status, kindOf(body)]).toEqual([422, 'idempotency-key-reused']);
    expect(await api.balanceOf(id)).toBe(1);
  });

  test('of a refused command is free again', async () => {
    const id = await api.newAccount();
    expect(await api.withdraw(id, {}, keyed('again'))).toMatchObject({ status: 409 });
    await api.deposit(id);
    expect(await api.withdraw(id, {}, keyed('again'))).toMatchObject({ status: 200 });
  });
});

describe('If-Match', () => {
  test('of the account’s version lets the command run, of an older one not', async () => {
    const id = await api.newAccount(500);
    expect(await api.withdraw(id, {}, { 'if-match': '"2"' })).toMatchObject({
      status: 200,
      headers: { etag: '"3"' },
    });
    const refused = await api.withdraw(id, {}, { 'if-match': '"2"' });
    expect(refused).toMatchObject({ status: 412, headers: { etag: '"3"' } });
    expect(await api.withdraw(id, {}, { 'if-match': '"3-of-the-read-api"' })).toMatchObject({ status: 200 });
    expect(await api.withdraw(id, {}, { 'if-match': '*' })).toMatchObject({ status: 200 });
    expect(await api.balanceOf(id)).toBe(200);
  });

  test('lets one of many through that all start from the same version', async () => {
    const id = await api.newAccount(500);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => api.withdraw(id, {}, { 'if-match': '"2"' })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200,
      ...Array<number>(9).fill(412),
    ]);
  });
});

describe('hostile input is refused and leaves nothing:', () => {
  const MONEY = { amount: 100, currency: 'EUR' };
  test.each([
    ['a negative amount', { ...MONEY, amount: -100 }, 400],
    ['no amount', { currency: 'EUR' }, 400],
    ['nothing to move', { ...MONEY, amount: 0 }, 400],
    ['a fraction', '{"amount":0.1,"currency":"EUR"}', 400],
    ['a fraction that is none', '{"amount":100.0,"currency":"EUR"}', 400],
    ['an exponent', '{"amount":1e2,"currency":"EUR"}', 400],
    ['more than is exact', '{"amount":9007199254740993,"currency":"EUR"}', 400],
    ['very much more', `{"amount":1${'0'.repeat(400)},"currency":"EUR"}`, 400],
    ['negative zero', '{"amount":-0,"currency":"EUR"}', 400],
    ['a text', { ...MONEY, amount: '100' }, 400],
    ['a list', { ...MONEY, amount: [100] }, 400],
    ['no number', '{"amount":NaN,"currency":"EUR"}', 400],
    ['a currency in lower case', { ...MONEY, currency: 'eur' }, 400],
    ['a currency and SQL', { ...MONEY, currency: "E'; drop table emt_messages" }, 400],
    ['a field that there is not', { ...MONEY, balanceAfter: 1_000_000 }, 400],
    ['a prototype', '{"amount":100,"currency":"EUR","__proto__":{"kind":"cash"}}', 400],
    ['NUL in the text', { ...MONEY, text: 'a\u0000b' }, 422],
    ['half a character in the text', { ...MONEY, text: '\ud800' }, 422],
    ['a text without an end', { ...MONEY, text: 'x'.repeat(201) }, 400],
    ['a category with a path', { ...MONEY, category: '../../etc' }, 400],
    ['a list of bodies', [MONEY], 400],
    ['nothing', '', 400],
    ['JSON that ends early', '{"amount":', 400],
  ] as const)('%s', async (_what, body, status) => {
    const id = await api.newAccount(500);
    const answer = await api.ask('POST', `/accounts/${id}/deposits`, body);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(await api.balanceOf(id)).toBe(500);
  });

  test.each(['x', '1', "' or 1=1", '../..', '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f%00', 'x'.repeat(600)])(
    'an id %p',
    async (id) => {
      const { status } = await api.ask('POST', `/accounts/${encodeURIComponent(id)}/deposits`, MONEY);
      expect([400, 404, 414]).toContain(status);
    },
  );

  test.each([
    ['an Idempotency-Key without an end', { 'idempotency-key': 'x'.repeat(256) }],
    ['an If-Match that is none', { 'if-match': '3' }],
  ])('%s', async (_what, headers) => {
    const id = await api.newAccount(500);
    expect(await api.deposit(id, {}, headers)).toMatchObject({ status: 400 });
    expect(await api.balanceOf(id)).toBe(500);
  });
});

describe('with tokens', () => {
  const SECRET = 'a secret of the tests, long enough for HS256';
  const settings = authSettings({ AUTH_AUDIENCE: 'readside', AUTH_SECRET: SECRET });
  if (settings?.kind !== 'secret') throw new Error('no secret');
  const protection = { verify: createVerifyToken(settings), requestsPerMinute: 0, maxDelayMs: 0 };
  let guarded: TestBankingApi;
  beforeAll(async () => {
    guarded = await startBankingApi({ protection });
  });
  afterAll(() => guarded.close());

  const bearer = async (subject: string, scope: string): Promise<Record<string, string>> => {
    const token = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('readside')
      .setAudience('readside')
      .setSubject(subject)
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode(SECRET));
    return { authorization: `Bearer ${token}` };
  };

  test('one account’s may move its money and no other’s, and the events say who did', async () => {
    const admin = await bearer('operator', 'admin');
    const open = async (): Promise<string> => {
      const { body } = await guarded.ask('POST', '/accounts', { owner: 'Ada', currency: 'EUR' }, admin);
      return String(body['id']);
    };
    const [own, other] = [await open(), await open()];
    const token = await bearer(own, 'profile:write');
    expect(await guarded.deposit(own)).toMatchObject({ status: 401 });
    expect(await guarded.deposit(own, {}, await bearer(own, 'profile:read'))).toMatchObject({ status: 403 });
    expect(await guarded.deposit(own, {}, token)).toMatchObject({ status: 200 });
    expect(await guarded.transfer(own, other, { amount: 30 }, token)).toMatchObject({ status: 200 });
    expect(await guarded.withdraw(other, { amount: 30 }, token)).toMatchObject({ status: 404 });
    expect(await guarded.ask('POST', '/accounts', { owner: 'Ada', currency: 'EUR' }, token)).toMatchObject({
      status: 403,
    });
    const by = await guarded.rows(
      `select message_metadata ->> 'by' as by from emt_messages where stream_id = $1 order by stream_position`,
      other,
    );
    expect(by).toEqual([{ by: 'operator' }, { by: own }]);
  });
});

test('the OpenAPI document tells each command with its refusals', async () => {
  const { body } = await api.ask('GET', '/openapi.json');
  const paths = body['paths'] as Readonly<Record<string, { readonly post: { readonly responses: object } }>>;
  const commands = Object.entries(paths).filter(([path]) => path.startsWith('/accounts'));
  expect(commands.map(([path]) => path)).toEqual([
    '/accounts',
    '/accounts/{id}/deposits',
    '/accounts/{id}/withdrawals',
    '/accounts/{id}/transfers',
    '/accounts/{id}/closure',
  ]);
  for (const [, { post }] of commands)
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['400', '422', '503']));
});
