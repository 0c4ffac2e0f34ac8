import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { compiledProgram } from '../../cli/local/compiled.ts';
import { stackEndpoints } from '../support/stack.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the service; `whenListening` is given its address, after which it is asked to stop. */
async function run(
  env: Readonly<Record<string, string>>,
  whenListening?: (address: string) => Promise<void>,
): Promise<Ended> {
  const child = spawn(process.execPath, compiledProgram('services/read-api/server.ts'), {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const closed = once(child, 'close');
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const listening = new Promise<string | null>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      out += chunk;
      const address = /"address":"([^"]+)"/.exec(out)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('close', () => resolve(null));
  });
  const address = await listening;
  try {
    if (address !== null) await whenListening?.(address);
  } finally {
    child.kill('SIGTERM');
  }
  const [code]: Array<number | null> = await closed;
  return { code: code ?? null, out, err };
}

test('bad configuration is named at once, every variable of it', async () => {
  const { code, err } = await run({
    DATABASE_URL: 'mysql://x',
    MONGODB_URL: 'mongodb://127.0.0.1:1/',
    PORT: '70000',
    WAIT_MAX_SECONDS: 'soon',
  });
  expect(code).toBe(78);
  for (const variable of ['DATABASE_URL', 'MONGODB_URL', 'PORT', 'WAIT_MAX_SECONDS'])
    expect(err).toContain(variable);
});

test.each(['nothing', './tests/api/no-such-file.ts', './services/shared/problem.ts'])(
  'a projection that is not there is bad configuration: %s',
  async (name) => {
    const { code, out } = await run({ MONGODB_URL: 'mongodb://127.0.0.1:1/x', PROJECTION: name, PORT: '0' });
    expect(code).toBe(78);
    expect(out).toContain(`PROJECTION ${name}`);
  },
);

test('it serves any projection it is told of, and stops when it is told to', async () => {
  const url = new URL(stackEndpoints().mongoUrl);
  url.pathname = '/read_process';
  const env = { MONGODB_URL: url.href, PORT: '0', PROJECTION: './tests/fixtures/projections/teams.ts' };
  const { code } = await run(env, async (address) => {
    const response = await fetch(`${address}/teams`);
    expect([response.status, await response.text()]).toEqual([200, '{"items":[]}']);
    expect((await fetch(`${address}/teams/1?consistency=source`)).status).toBe(503);
  });
  expect(code).toBe(0);
});
