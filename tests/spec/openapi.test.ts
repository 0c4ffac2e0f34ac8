/** The OpenAPI documents of both APIs: they are linted, show an example of everything, and give the client in examples/. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openapiDocuments } from '../support/openapi-documents.ts';
import type { Documents } from '../support/openapi-documents.ts';
import { CLIENT_FOLDER, typedClient } from '../support/typed-client.ts';

interface Shown {
  readonly description?: string;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
  readonly schema: { readonly examples?: readonly unknown[] };
}
type Content = Readonly<Record<string, Shown>>;
interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly security: ReadonlyArray<Readonly<Record<string, readonly string[]>>>;
  readonly parameters?: ReadonlyArray<Shown & { readonly name: string }>;
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly content?: Content; readonly headers?: Readonly<Record<string, Shown>> }>
  >;
}
interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'readside-openapi-'));
let documents: Documents;
beforeAll(async () => {
  documents = await openapiDocuments();
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['write-api', 'read-api', 'console'] as const)('%s', (name) => {
  test('the linter finds nothing', async () => {
    const file = join(folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(documents[name]));
    expect(await lint(file)).toEqual([]);
  });

  test('each operation has a name, a scope, and an example of all that it takes and answers', () => {
    const operations = operationsOf(name);
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    for (const { operationId, security, parameters = [], requestBody, responses } of operations) {
      expect(operationId).toMatch(/^[a-z]+[A-Z][A-Za-z]+$/);
      expect(security).toEqual([{ bearer: [expect.stringMatching(/^(admin|profile:read|profile:write)$/)] }]);
      const headers = Object.values(responses).flatMap((each) => Object.entries(each.headers ?? {}));
      const contents = [requestBody, ...Object.values(responses)].flatMap((each) =>
        Object.entries(each?.content ?? {}),
      );
      const shown = [...parameters.map((each) => [each.name, each] as const), ...headers, ...contents];
      const without = shown.filter(([, each]) => !isShown(each)).map(([what]) => what);
      expect([operationId, without]).toEqual([operationId, []]);
      const undescribed = parameters.filter(({ description }) => description === undefined);
      expect([operationId, undescribed]).toEqual([operationId, []]);
    }
  });

  test('each error is a problem of that status, and no operation is without those that any request may get', () => {
    for (const { operationId, requestBody, responses } of operationsOf(name)) {
      const failures = Object.entries(responses).filter(([status]) => Number(status) >= 400);
      for (const [status, { content = {} }] of failures) {
        const examples = Object.values(content['application/problem+json']?.examples ?? {});
        const statuses = examples.map(({ value }) => String((value as { readonly status: number }).status));
        expect([operationId, status, new Set(statuses)]).toEqual([operationId, status, new Set([status])]);
      }
      const always = ['400', '401', '403', '429', '431', '500', '503'];
      const ofBodies = requestBody === undefined ? [] : ['408', '413', '415'];
      if (requestBody !== undefined && name !== 'console') ofBodies.push('422');
      expect([operationId, failures.map(([status]) => status)]).toEqual([
        operationId,
        expect.arrayContaining([...always, ...ofBodies]),
      ]);
    }
  });
});

describe.each(['write-api', 'read-api'] as const)('%s', (name) => {
  test('the client in examples/typed-client is the one that it gives: npm run client:write', async () => {
    const kept = readFileSync(new URL(`${name}.ts`, CLIENT_FOLDER), 'utf8');
    expect(await typedClient(documents[name])).toBe(kept);
  });
});

function operationsOf(name: keyof Documents): readonly Operation[] {
  const { paths }: OpenApi = JSON.parse(JSON.stringify(documents[name]));
  return Object.values(paths).flatMap((methods) => Object.values(methods));
}

function isShown({ example, examples, schema }: Shown): boolean {
  const shown = example !== undefined || Object.keys(examples ?? {}).length > 0;
  return shown || (schema.examples ?? []).length > 0;
}

/** What redocly.yaml has against it. */
async function lint(file: string): Promise<readonly string[]> {
  const command = [
    join(root, 'node_modules/@redocly/cli/bin/cli.js'),
    'lint',
    file,
    '--config',
    join(root, 'redocly.yaml'),
    '--format',
    'json',
  ];
  // Else it would tell its maker that it runs, and ask for a newer version.
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { ...env, NODE_OPTIONS: '' },
  }).catch((error: { readonly code?: unknown; readonly stdout?: string; readonly stderr?: string }) => {
    // 1: it has found something.
    if (error.code === 1 && error.stdout?.startsWith('{')) return { stdout: error.stdout };
    throw error;
  });
  const { problems }: { problems: ReadonlyArray<{ readonly ruleId: string; readonly message: string }> } =
    JSON.parse(stdout);
  return problems.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}
