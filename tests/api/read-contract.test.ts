import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addressOf, idOf, profileOf, startReadApi } from '../support/read-api.ts';
import type { TestReadApi } from '../support/read-api.ts';

interface Operation {
  readonly parameters?: ReadonlyArray<{
    readonly name: string;
    readonly in: string;
    readonly description?: string;
  }>;
  readonly responses: Readonly<Record<string, Response>>;
}
interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema: object; readonly example?: unknown }>>;
}
interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let api: TestReadApi;
let document: OpenApi;
beforeAll(async () => {
  api = await startReadApi();
  document = JSON.parse((await api.ask('/openapi.json')).text);
});
afterAll(() => api.close());

const ROUTES = ['/profiles/{id}', '/profiles/{id}/version', '/profiles'];
/** It answers with events: read-events.test.ts. */
const STREAM = '/profiles/{id}/events';

function operation(path: string): Operation {
  const found = document.paths[path]?.['get'];
  if (!found) throw new Error(`no ${path}`);
  return found;
}

test('OpenAPI 3.1 tells these routes and no other', () => {
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths).toSorted()).toEqual([...ROUTES, STREAM].toSorted());
});

test.each(ROUTES)('%s tells its headers, its answers and its problems', (path) => {
  const { parameters = [], responses } = operation(path);
  const headers = parameters.filter((each) => each.in === 'header').map(({ name }) => name);
  expect(headers).toEqual(['consistency-token', 'prefer', 'if-none-match']);
  expect(parameters.every(({ description }) => description !== undefined)).toBe(true);
  expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '304', '400', '404', '503']));
  for (const status of ['200', '304'])
    expect(Object.keys(responses[status]?.headers ?? {})).toEqual(
      expect.arrayContaining(['ETag', 'Freshness', 'Preference-Applied']),
    );
  for (const status of Object.keys(responses).filter((each) => Number(each) >= 400))
    expect(Object.keys(responses[status]?.content ?? {})).toEqual(['application/problem+json']);
});

test('the collection tells the projection’s own lookups and filters', () => {
  const names = (operation('/profiles').parameters ?? [])
    .filter((each) => each.in === 'query')
    .map(({ name }) => name);
  expect(names).toEqual(['email', 'country', 'city', 'limit', 'cursor', 'consistency']);
});

/** Checks a value against the schema of a route's 200 answer. */
function errorsOf(path: string, value: unknown): unknown {
  const schema = operation(path).responses['200']?.content?.['application/json']?.schema;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const validate = ajv.compile({ ...schema, components: document.components });
  return validate(value) ? [] : validate.errors;
}

test('every route answers what its schema says, and so do its examples', async () => {
  const content = profileOf({ addresses: [addressOf()], preferences: { a: null, b: [1] } });
  await api.plant(idOf(1), content);
  await api.plant(idOf(2), profileOf({ email: 'two@example.com' }));
  for (const [path, url] of [
    ['/profiles/{id}', `/profiles/${idOf(1)}`],
    ['/profiles/{id}/version', `/profiles/${idOf(1)}/version`],
    ['/profiles', '/profiles'],
    ['/profiles', '/profiles?email=two@example.com'],
  ] as const) {
    expect([url, errorsOf(path, (await api.ask(url)).body)]).toEqual([url, []]);
    const example = operation(path).responses['200']?.content?.['application/json']?.example;
    expect([path, errorsOf(path, example)]).toEqual([path, []]);
  }
  expect(errorsOf('/profiles/{id}', { ...content, id: idOf(1), secret: 1 })).not.toEqual([]);
});

test('a problem is what its schema says', async () => {
  const { body } = await api.ask(`/profiles/${idOf(404)}`);
  const ajv = new Ajv2020({ strict: false });
  expect(ajv.validate(document.components.schemas['Problem'] ?? false, body)).toBe(true);
});

test('the operator’s routes are there', async () => {
  expect((await api.ask('/livez')).body).toEqual({ status: 'ok' });
  expect((await api.ask('/readyz')).body).toEqual({ status: 'ready', checks: { documents: 'ok' } });
  expect((await api.ask('/docs')).status).toBe(200);
  const { text } = await api.ask('/metrics');
  expect(text).toMatch(
    /^read_api_reads_total\{strategy="eventual",outcome="found",projection="profile"\} [1-9]/m,
  );
  expect(text).toMatch(
    /^read_api_reads_total\{strategy="eventual",outcome="not_found",projection="profile"\} [1-9]/m,
  );
  expect(text).toContain('read_api_waiting_readers{projection="profile"} 0');
});
