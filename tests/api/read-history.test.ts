/** The routes of a history, on documents that the projector's own fold has made. That they tell the truth is in tests/e2e/history.test.ts. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import history from '../../projections/history.ts';
import profile from '../../projections/profile.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import type { ChangeEvent } from '../../services/shared/projection/change-event.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { preferenceRow, preferences, USER, userRow, users } from '../support/profile-rows.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import { startReadApi } from '../support/read-api.ts';
import type { ReadAnswer, TestReadApi } from '../support/read-api.ts';

const OTHER = '00000000-0000-7000-8000-000000000002';
const START = 1_764_000_000_000_000;
const SECOND = 1_000_000;

let api: TestReadApi;
let alone: TestReadApi;
beforeAll(async () => {
  api = await startReadApi({ projection: history, beside: [profile] });
  alone = await startReadApi({ projection: history });
  const projector = createPureProjector(history);
  const changes = [
    users.created(userRow({ changed_by: 'psql' })),
    users.updated(userRow(), userRow({ full_name: 'Ida', version: 2, changed_by: 'app' })),
    preferences.created(preferenceRow('n', '[12345678901234567890, 1e400]')),
    users.updated(userRow(), userRow({ full_name: 'Eve', version: 3, changed_by: null })),
  ];
  const committed = changes.map((change, i): ChangeEvent => ({
    ...change,
    source: { ...change.source, txId: i + 1, committedAt: START + i * SECOND, lsn: 100 + i },
  }));
  projector.deliverDecoded(
    3,
    committed.map((change, offset) => ({ offset, change })),
  );
  const [first] = committed;
  if (first) projector.deliverDecoded(4, [{ offset: 0, change: { ...first, key: OTHER } }]);
  for (const id of [USER, OTHER]) {
    const stored = projector.stored(id);
    if (!stored) throw new Error('it was delivered');
    for (const { documents } of [api, alone])
      await documents.insertOne(stored, { writeConcern: { w: 'majority' } });
  }
  // The present is the profile's own: it may be ahead of the history, or behind.
  const ahead = createPureProjector(profile);
  const [, , , last] = committed;
  if (last)
    ahead.deliverDecoded(3, [
      { offset: 9, change: { ...last, after: userRow({ full_name: 'Joan', version: 4 }) } },
    ]);
  const present = ahead.stored(USER);
  if (!present) throw new Error('it was delivered');
  await api.documents.db
    .collection<StoredDocument>(profile.resource)
    .insertOne(present, { writeConcern: { w: 'majority' } });
});
afterAll(() => Promise.all([api.close(), alone.close()]));

const pages = (query = '', id = USER): Promise<ReadAnswer> => api.ask(`/profiles/${id}/history${query}`);
const past = (at: string | number, id = USER): Promise<ReadAnswer> => api.ask(`/profiles/${id}?at=${at}`);
const itemsOf = ({ body }: ReadAnswer): ReadonlyArray<Readonly<Record<string, unknown>>> =>
  body['items'] as ReadonlyArray<Readonly<Record<string, unknown>>>;

describe('the pages of a history', () => {
  test('tell its entries, newest first, with exact numbers', async () => {
    const { status, text, body, freshness } = await pages();
    expect(status).toBe(200);
    expect(body).toMatchObject({ since: '2025-11-24T16:00:00.000000Z', fromCreation: true });
    const [newest, , , first] = itemsOf({ body } as ReadAnswer);
    expect(newest).toEqual({
      number: 4,
      kind: 'changed',
      at: '2025-11-24T16:00:03.000000Z',
      by: null,
      transaction: 4,
      lsn: '0/67',
      position: '3:3',
      changes: [
        { path: 'fullName', before: 'Ida', after: 'Eve' },
        { path: 'version', before: 2, after: 3 },
      ],
    });
    expect(first).toMatchObject({ number: 1, kind: 'created', by: 'psql' });
    expect(text).toMatch(/"path":"preferences\/n","after":\[12345678901234567890,1[eE]\+?400\]/);
    expect(freshness).toMatchObject({ strategy: 'eventual', version: '3', position: '"3:3"' });
  });

  test('follow one another by Link, bound to their document', async () => {
    const first = await pages('?limit=3');
    expect(itemsOf(first).map(({ number }) => number)).toEqual([4, 3, 2]);
    const next = /^<([^>]+)>; rel="next"$/.exec(first.headers['link'] ?? '')?.[1] ?? '';
    const last = await api.ask(next);
    expect(itemsOf(last).map(({ number }) => number)).toEqual([1]);
    expect(last.headers['link']).toBeUndefined();
    const elsewhere = await api.ask(next.replace(USER, OTHER));
    expect(elsewhere).toMatchObject({ status: 400, body: { type: '/problems/malformed-cursor' } });
  });

  test('are 304 to who has them, wait for a token, and know no source', async () => {
    const { headers } = await pages();
    expect(
      (await api.ask(`/profiles/${USER}/history`, { 'if-none-match': headers['etag'] ?? '' })).status,
    ).toBe(304);
    expect((await pages('?consistency=source')).status).toBe(400);
    expect((await pages('?limit=0')).status).toBe(400);
    expect((await pages('', OTHER.replace('2', '3'))).status).toBe(404);
  });
});

describe('a document as it was', () => {
  test('at a time and with a version', async () => {
    const at = await past('2025-11-24T16:00:02.5Z');
    expect(at).toMatchObject({ status: 200, body: { id: USER, fullName: 'Ida', version: 2 } });
    expect(at.text).toMatch(/"preferences":\{"n":\[12345678901234567890,1[eE]\+?400\]\}/);
    expect(at.freshness).toMatchObject({
      version: '2',
      position: '"3:2"',
      'changed-at': '"2025-11-24T16:00:02.000000Z"',
    });
    expect(at.freshness['applied-at']).toBeUndefined();
    expect((await past('2025-11-24T17:00:02.5%2B01:00')).text).toBe(at.text);
    expect((await past(2)).body).toMatchObject({ fullName: 'Ida', preferences: {} });
    expect((await past(3)).freshness['applied-at']).toBeDefined();
  });

  test.each([
    ['2025-11-24T15:59:59.999999Z', 404, 'not-yet'],
    ['9', 404, 'not-yet'],
    ['0', 404, 'no-such-version'],
    ['tomorrow', 400, 'invalid-request'],
    ['2025-11-24T16:00:02', 400, 'invalid-request'],
    ['2025-11-31T16:00:02Z', 400, 'invalid-request'],
  ])('?at=%s is %i %s', async (at, status, slug) => {
    const { body, headers } = await past(at);
    expect({ status: body['status'], type: body['type'] }).toEqual({ status, type: `/problems/${slug}` });
    // What cannot be read is not looked up.
    expect(headers['freshness']?.startsWith('strategy=eventual') ?? false).toBe(status !== 400);
  });
});

describe('beside the documents', () => {
  test('the present is answered without it, by the projection whose documents they are', async () => {
    const { status, body } = await api.ask(`/profiles/${USER}`);
    expect({ status, body }).toMatchObject({ status: 200, body: { fullName: 'Joan', version: 4 } });
    expect((await past(1, OTHER.replace('2', '3'))).body['type']).toBe('/problems/no-such-profile');
  });

  test('it is needed where only the history is served, and answers the same', async () => {
    expect((await alone.ask(`/profiles/${USER}`)).body['type']).toBe('/problems/invalid-request');
    expect((await alone.ask(`/profiles/${USER}?at=2`)).text).toBe((await past(2)).text);
    expect((await alone.ask(`/profiles/${USER}/history`)).text).toBe((await pages()).text);
  });

  test('neither a token nor the source goes with it', async () => {
    expect((await past('2&consistency=source')).status).toBe(400);
    const token = encodeToken({ id: USER, revision: 2, deleted: false });
    expect((await api.ask(`/profiles/${USER}?at=2`, { 'consistency-token': token })).status).toBe(400);
  });
});

test('OpenAPI tells both routes, and their answers are what it says', async () => {
  const document = JSON.parse((await api.ask('/openapi.json')).text) as OpenApi;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const [path, answer] of [
    ['/profiles/{id}/history', await pages('?limit=1')],
    ['/profiles/{id}', await past(2)],
  ] as const) {
    const content = document.paths[path]?.get.responses['200']?.content['application/json'];
    const validate = ajv.compile({ ...content?.schema, components: document.components });
    for (const value of [answer.body, content?.example])
      expect({ path, errors: validate(value) ? [] : validate.errors }).toEqual({ path, errors: [] });
    expect(document.paths[path]?.get.responses[path.endsWith('history') ? '404' : '410']).toBeDefined();
  }
});

interface OpenApi {
  readonly components: object;
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get: {
          readonly responses: Readonly<
            Record<
              string,
              {
                readonly content: Readonly<
                  Record<string, { readonly schema: object; readonly example: unknown }>
                >;
              }
            >
          >;
        };
      }
    >
  >;
}
