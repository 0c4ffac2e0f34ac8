/** Servers that are named and do not answer: each verb says which, in one line, soon, and without a stack trace. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { linesOf, newGround, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';

/** Port 1 of this machine: nothing listens there. */
const CLOSED = {
  DATABASE_URL: 'postgres://a:b@127.0.0.1:1/readside',
  MONGODB_URL: 'mongodb://a:b@127.0.0.1:1/readside',
  KAFKA_BROKERS: '127.0.0.1:1',
  CONNECT_URL: 'http://127.0.0.1:1',
  ADMIN_DATABASE_URL: 'postgres://a:b@127.0.0.1:1/readside',
  OWNER_PASSWORD: 'a',
  WRITER_PASSWORD: 'b',
  REPLICATOR_PASSWORD: 'c',
  READER_PASSWORD: 'd',
};
const SOON_MS = 20_000;
const NO_CONNECT = /^readside: Kafka Connect does not answer at http:\/\/127\.0\.0\.1:1$/;

const ground = newGround();
afterAll(() => ground.remove());

const LINES = {
  register: /^readside: Kafka: .*ECONNREFUSED 127\.0\.0\.1:1$/,
  migrate: /^readside: Postgres: .*ECONNREFUSED 127\.0\.0\.1:1$/,
  'connectors status': NO_CONNECT,
  'connectors pause': NO_CONNECT,
  'connectors resume': NO_CONNECT,
  'connectors restart': NO_CONNECT,
  'connectors delete': NO_CONNECT,
  'dlq list': /^readside: MongoDB: .*ECONNREFUSED 127\.0\.0\.1:1$/,
};
const results = new Map<string, CliResult>();

// Those that try for a while do so beside the others.
beforeAll(async () => {
  const others = Object.keys(LINES).filter((verb) => verb !== 'register');
  await Promise.all([run('register'), run('status', ...others)]);
}, 120_000);

async function run(...verbs: readonly string[]): Promise<void> {
  for (const verb of verbs) results.set(verb, await runCli(verb.split(' '), ground.dataDir, CLOSED));
}

function resultOf(verb: string): CliResult {
  const result = results.get(verb);
  if (!result) throw new Error(`${verb} was not run`);
  return result;
}

test.each(Object.entries(LINES))('%s says which server does not answer', (verb, line) => {
  const result = resultOf(verb);
  expect({ code: result.code, stdout: result.stdout }).toEqual({ code: 1, stdout: '' });
  expect(linesOf(result)).toEqual([expect.stringMatching(line)]);
  expect(result.ms).toBeLessThan(SOON_MS);
});

test('status says it of each server', () => {
  const result = resultOf('status');
  expect({ code: result.code, stderr: result.stderr }).toEqual({ code: 3, stderr: '' });
  const refused = 'connect ECONNREFUSED 127.0.0.1:1';
  expect(result.stdout.split('\n')[0]).toContain(
    `profile: stalled at Postgres because postgres does not answer: ${refused}`,
  );
  for (const name of ['postgres', 'mongod', 'kafka'])
    expect(result.stdout).toMatch(new RegExp(`^ {2}${name} .*ECONNREFUSED`, 'm'));
  expect(result.stdout).toMatch(/^ {2}connect +Kafka Connect does not answer at http:\/\/127\.0\.0\.1:1$/m);
  expect(result.stdout).not.toMatch(/^\s+at /m);
  expect(result.ms).toBeLessThan(SOON_MS);
});
