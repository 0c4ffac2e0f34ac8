import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeToken, encodeToken } from '../../services/shared/consistency-token.ts';
import { stringifyLossless } from '../../services/shared/lossless-json.ts';
import { parseJson } from '../../services/write-api/json.ts';
import { startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('consistency token', () => {
  test('comes out as it went in', () => {
    const token = fc.record({ id: fc.uuid(), revision: fc.nat(), deleted: fc.boolean() });
    fc.assert(
      fc.property(token, (given) => {
        const text = encodeToken(given);
        expect(text).toMatch(/^[\w-]{1,128}$/);
        expect(decodeToken(text)).toEqual(given);
      }),
    );
  });

  test('nothing else is taken for one', () => {
    const id = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
    for (const text of [
      '',
      'x',
      '%',
      'x'.repeat(1000),
      encode([1, id, 7, 0]).slice(0, -4),
      ...[null, {}, [], [2, id, 7, 0], [1, id, -1, 0], [1, id, 1.5, 0], [1, id, 7, 2], [1, id, 7]].map(
        encode,
      ),
      ...[
        [1, 'x', 7, 0],
        [1, id.toUpperCase(), 7, 0],
        [1, id, '7', 0],
        [1, id, 7, false],
      ].map(encode),
    ]) {
      expect([text, decodeToken(text)]).toEqual([text, null]);
    }
    fc.assert(fc.property(fc.string(), (text) => decodeToken(text) === null));
  });
});

describe('JSON of commands', () => {
  test('numbers keep their text, and anything else is as JSON.parse makes it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(JSON.parse(stringifyLossless(parseJson(text)))).toEqual(JSON.parse(text));
      }),
    );
    for (const text of [
      '1.10',
      '-0',
      '1e400',
      '0.1',
      '100',
      '1E5',
      '123456789012345678',
      '[1.0,{"a":2.50}]',
    ]) {
      expect(stringifyLossless(parseJson(text))).toBe(text);
    }
  });

  test('it refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((text) => text.slice(1)),
        ),
        (text) => {
          const outcome = (parse: (given: string) => unknown): string => {
            try {
              parse(text);
              return 'taken';
            } catch (error) {
              return error instanceof SyntaxError ? 'refused' : String(error);
            }
          };
          expect([text, outcome((given) => parseJson(given))]).toEqual([text, outcome(JSON.parse)]);
          expect(outcome((given) => parseJson(`[${given},1.0]`))).toBe(
            outcome((given) => JSON.parse(`[${given},1.0]`)),
          );
        },
      ),
    );
  });
});

describe('OpenAPI', () => {
  let api: TestWriteApi;
  beforeAll(async () => {
    api = await startWriteApi();
  });
  afterAll(() => api.close());

  test('names every command, its headers, its acknowledgement and its problems', async () => {
    const { status, text } = await api.ask('GET', '/openapi.json');
    expect(status).toBe(200);
    const document: { paths: Record<string, Record<string, Record<string, never>>> } = JSON.parse(text);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).toSorted()).toEqual([
      'DELETE /users/{id}',
      'DELETE /users/{id}/addresses/{addressId}',
      'DELETE /users/{id}/preferences/{key}',
      'PATCH /users/{id}',
      'PATCH /users/{id}/preferences',
      'POST /users',
      'POST /users/{id}/addresses',
      'PUT /users/{id}/addresses/{addressId}',
      'PUT /users/{id}/preferences/{key}',
      'PUT /users/{id}/profile',
    ]);
    expect(new Set(operations.map(({ operation }) => operation['operationId'])).size).toBe(10);
    for (const { operation, method, path } of operations) {
      expect(operation).toMatchObject({ summary: expect.any(String), tags: [expect.any(String)] });
      const responses: Record<string, { content?: object; headers?: object }> = operation['responses'] ?? {};
      const done = responses[method === 'post' ? '201' : '200'];
      expect([path, Object.keys(done?.headers ?? {})]).toEqual([
        path,
        expect.arrayContaining(['ETag', 'Consistency-Token']),
      ]);
      expect(responses['503']?.content).toMatchObject({
        'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
      });
    }
  });

  test('/docs shows it', async () => {
    expect((await api.ask('GET', '/docs/')).status).toBe(200);
  });
});
