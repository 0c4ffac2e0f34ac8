/** What a person meets first: help for everything, one line and an exit code for what is wrong. */
import { afterAll, describe, expect, test } from '@jest/globals';
import { jsonOf, linesOf, newGround, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';

const VERBS = [
  [],
  ['up'],
  ['down'],
  ['status'],
  ['migrate'],
  ['register'],
  ['verify'],
  ['repair'],
  ['explain'],
  ['trace'],
  ['plan'],
  ['apply'],
  ['projections'],
  ['projections', 'list'],
  ['projections', 'pause'],
  ['projections', 'resume'],
  ['rebuild'],
  ['connectors'],
  ['connectors', 'status'],
  ['connectors', 'pause'],
  ['connectors', 'resume'],
  ['connectors', 'restart'],
  ['connectors', 'delete'],
  ['dlq'],
  ['dlq', 'list'],
  ['dlq', 'show'],
  ['dlq', 'retry'],
  ['dlq', 'discard'],
  ['dlq', 'audit'],
];

const ground = newGround();
afterAll(() => ground.remove());

describe('help', () => {
  test('is there for every verb, with its options, and for all of them with the exit codes', async () => {
    const results = await runEach(VERBS.map((verb) => [...verb, '--help']));
    const wrong = VERBS.filter((verb, i) => {
      const isGroup = verb.length === 0 || ['connectors', 'dlq', 'projections'].includes(verb.join());
      const { code, stdout = '', stderr } = results[i] ?? {};
      const isUsage = stdout.startsWith(`Usage: ${['readside', ...verb].join(' ')} `);
      return code !== 0 || stderr !== '' || !isUsage || !(isGroup || stdout.includes('--json'));
    });
    expect(wrong).toEqual([]);
    const whole = results[0]?.stdout ?? '';
    expect(whole).toContain('Exit codes: 0 done');
    for (const [verb] of VERBS.slice(1)) expect(whole).toMatch(new RegExp(`^ {2}${verb} `, 'm'));
  });
});

describe('wrong arguments', () => {
  test('are told by what is wrong with them: exit 2', async () => {
    const results = await runEach([
      ['nonsense'],
      ['connectors', 'nonsense'],
      ['status', '--nonsense'],
      ['up', '--partitions', 'many'],
    ]);
    expect(results.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      results.map(() => ({ code: 2, stdout: '' })),
    );
    expect(results.map(({ stderr }) => stderr.split('\n')[0])).toEqual([
      "error: unknown command 'nonsense'",
      "error: unknown command 'nonsense'",
      "error: unknown option '--nonsense'",
      "error: option '--partitions <n>' argument 'many' is invalid. It must be a whole number above 0.",
    ]);
  });

  test('READSIDE_STACK can be embedded or containers', async () => {
    const result = await runCli(['up', '--once'], ground.dataDir, { READSIDE_STACK: 'nonsense' });
    expect(result.code).toBe(2);
    expect(linesOf(result)).toEqual([
      'readside: READSIDE_STACK is "nonsense"; it can be "embedded" or "containers"',
    ]);
  });
});

describe('without a running system', () => {
  test('every verb that needs one says so in one line: exit 2', async () => {
    const results = await runEach([
      ['status'],
      ['register'],
      ['rebuild', 'profile'],
      ['verify'],
      ['repair', 'an-id'],
      ['explain', 'an-id'],
      ['trace', 'an-id'],
      ['plan', 'profile'],
      ['apply', 'profile'],
      ['projections', 'list'],
      ['connectors', 'status'],
      ['connectors', 'delete'],
    ]);
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 2));
    const line = /^readside: no local system is running \(npm start\), and .*KAFKA_BROKERS.* is not set$/;
    for (const result of results) expect(linesOf(result)).toEqual([expect.stringMatching(line)]);
  });

  test('migrate names every variable that it misses', async () => {
    const result = await runCli(['migrate'], ground.dataDir);
    expect(result.code).toBe(2);
    for (const name of [
      'ADMIN_DATABASE_URL',
      'OWNER_PASSWORD',
      'WRITER_PASSWORD',
      'REPLICATOR_PASSWORD',
      'READER_PASSWORD',
    ])
      expect(result.stderr).toContain(`${name} is not set`);
  });

  test('down says so and is content', async () => {
    expect(await runCli(['down'], ground.dataDir)).toMatchObject({
      code: 0,
      stdout: 'nothing was running\n',
      stderr: '',
    });
    const result = await runCli(['down', '--json'], ground.dataDir);
    expect(result.code).toBe(0);
    expect(jsonOf(result)).toEqual({ stopped: null, orphans: [] });
  });
});

/** A few at once: starting is what takes the time. */
async function runEach(commands: readonly (readonly string[])[]): Promise<readonly CliResult[]> {
  const results: CliResult[] = [];
  const queue = commands.entries();
  const worker = async (): Promise<void> => {
    for (const [i, args] of queue) results[i] = await runCli(args, ground.dataDir);
  };
  await Promise.all([worker(), worker(), worker()]);
  return results;
}
