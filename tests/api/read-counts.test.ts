/** A projection that counts its documents serves the counts: whole, described, with the freshness of any other read, and no document. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import insights from '../../projections/insights.ts';
import { encodeToken } from '../../services/shared/consistency-token.ts';
import { tallyCounts } from '../../services/shared/tallies/tally-counts.ts';
import { idOf, startReadApi } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';

const MAJORITY = { writeConcern: { w: 'majority' } } as const;
const content = (version: number): Record<string, unknown> => ({
  status: 'active',
  version,
  createdAt: '2026-11-26T00:00:00.000000Z',
  addresses: [],
  preferences: {},
});

let api: TestReadApi;
beforeAll(async () => {
  api = await startReadApi({ projection: insights });
});
afterAll(() => api.close());

beforeEach(async () => {
  await api.documents.deleteMany({}, MAJORITY);
  const parts = ['0', '1', 'mended'].map((part, n) => ({
    _id: { tally: '["preferences","a.b",{"x":[1,null]}]', part },
    count: 3 - 2 * n,
  }));
  await tallyCounts(api.documents).insertMany(
    [...parts, { _id: { tally: '["users"]', part: '0' }, count: 5 }],
    MAJORITY,
  );
  await api.plant(idOf(1), content(7));
});

test('the parts of a count are one, and values are what they are', async () => {
  const { status, body } = await api.ask('/insights');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    users: 5,
    preferences: {
      keys: [{ key: 'a.b', count: 3, values: [{ value: { x: [1, null] }, count: 3, share: 1 }], more: 0 }],
      more: 0,
    },
  });
});

test('OpenAPI tells this route and no other; answer and example fit what it says', async () => {
  const { paths } = JSON.parse((await api.ask('/openapi.json')).text) as {
    readonly paths: Readonly<
      Record<
        string,
        {
          readonly get: {
            readonly responses: {
              readonly 200: {
                readonly content: { readonly 'application/json': { schema: object; example: unknown } };
              };
            };
          };
        }
      >
    >;
  };
  expect(Object.keys(paths)).toEqual(['/insights']);
  const told = paths['/insights']?.get.responses[200].content['application/json'];
  const ajv = addFormats.default(new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }));
  const validate = ajv.compile(told?.schema ?? { not: {} });
  for (const each of [(await api.ask('/insights')).body, told?.example])
    expect({ fits: validate(each), errors: validate.errors }).toEqual({ fits: true, errors: null });
  expect(validate({ users: 1 })).toBe(false);
});

test('no document is served, nor what is no parameter', async () => {
  expect((await api.ask(`/insights/${idOf(1)}`)).status).toBe(404);
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'consistency=source', 'status=active'])
    expect((await api.ask(`/insights?${query}`)).status).toBe(400);
});

test('a token waits for its document, and the answer says when it was not reached', async () => {
  const ask = (revision: number) =>
    api.ask('/insights', {
      'consistency-token': encodeToken({ id: idOf(1), revision, deleted: false }),
      prefer: 'wait=0',
    });
  expect((await ask(7)).freshness).toMatchObject({ strategy: 'wait', stale: '?0' });
  expect((await ask(8)).freshness).toMatchObject({ strategy: 'wait', stale: '?1' });
});

test('while a document is in quarantine the counts are degraded, under another validator', async () => {
  const before = await api.ask('/insights');
  const held = { 'if-none-match': before.headers['etag'] ?? '' };
  expect((await api.ask('/insights', held)).status).toBe(304);
  const quarantine = { since: new Date(), first: { partition: 3, offset: 1 }, changes: 2, error: 'no' };
  await api.documents.updateOne({ _id: idOf(1) }, { $set: { '_sync.quarantine': quarantine } }, MAJORITY);
  const degraded = await api.ask('/insights', held);
  expect(degraded.status).toBe(200);
  expect(degraded.freshness).toMatchObject({ degraded: '?1' });
});
