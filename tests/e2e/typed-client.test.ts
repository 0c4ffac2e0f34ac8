/** The program in examples/typed-client, run as its README says, against both APIs with tokens. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { developmentToken } from '../../cli/local/development-token.ts';
import { TOKEN_SECRET, startProtected } from '../support/protected-services.ts';
import type { ServiceProcess } from '../support/service-process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let services: readonly ServiceProcess[] = [];
let env: Readonly<Record<string, string | undefined>> = {};
beforeAll(async () => {
  const writes = await startProtected('write-api');
  services = [writes];
  const reads = await startProtected('read-api');
  services = [writes, reads];
  env = {
    PATH: process.env['PATH'],
    WRITE_API_URL: writes.url,
    READ_API_URL: reads.url,
    TOKEN: await developmentToken(TOKEN_SECRET),
  };
});
afterAll(async () => {
  await Promise.all(services.map((each) => each.stop()));
});

function run(environment: typeof env): Promise<{ readonly stdout: string }> {
  const command = ['--import', 'tsx', 'examples/typed-client/main.ts'];
  return promisify(execFile)(process.execPath, command, { cwd: root, env: environment });
}

test('it makes a user, reads its own write, is told of conflicts by their kind, and goes on from them', async () => {
  const { stdout } = await run(env);
  expect(stdout.trimEnd().split('\n')).toEqual([
    expect.stringMatching(/^created [0-9a-f-]{36} at version 1$/),
    'sent again: the same user',
    '409 /problems/email-taken: /email',
    '422 /problems/idempotency-key-reused',
    'read back: Grace Hopper, version 1, not stale',
    '412 /problems/version-mismatch: the user is at version 2',
    'changed from Amazing Grace on, to version 3',
    'deleted, and read as such',
  ]);
});

test('without a token it ends with the problem that it was answered', async () => {
  const { TOKEN: _token, ...without } = env;
  await expect(run(without)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected 201, got 401: {"type":"/problems/unauthenticated"'),
  });
});
