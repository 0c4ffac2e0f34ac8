/** What a person meets first: help for everything, one line and an exit code for what is wrong. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Command } from 'commander';
import { createProgram } from '../../cli/program.ts';
import { jsonOf, linesOf, newGround, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';

const ground = newGround();
afterAll(() => ground.remove());

describe('help', () => {
  let program: Command;
  beforeAll(async () => {
    program = await createProgram({ root: '', env: {} }, []);
  });
  const all = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(all)];
  const nameOf = (command: Command | null): string =>
    command === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();

  test('is there for every verb, and each that does something can print JSON', () => {
    const verbs = all(program);
    expect(verbs.length).toBeGreaterThan(25);
    const wrong = verbs.filter((verb) => {
      const help = verb.helpInformation();
      const isGroup = verb.commands.length > 0;
      const isUsage =
        help.startsWith(`Usage: ${nameOf(verb)} `) && (verb === program || verb.description() !== '');
      return !isUsage || !(isGroup || help.includes('--json'));
    });
    expect(wrong.map(nameOf)).toEqual([]);
  });

  test('names all verbs and the exit codes', async () => {
    const { code, stdout, stderr } = await runCli(['--help'], ground.dataDir);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Exit codes: 0 done');
    for (const verb of program.commands) expect(stdout).toMatch(new RegExp(`^ {2}${verb.name()} `, 'm'));
  });

  test('every verb has a section in docs/operations.md', () => {
    const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const headings = text.split('\n').filter((line) => line.startsWith('### '));
    const missing = program.commands
      .map((verb) => verb.name())
      .filter((name) => !headings.some((line) => new RegExp(`\\b${name}\\b`).test(line)));
    expect(missing).toEqual([]);
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
  test('a verb that needs one says so in one line: exit 2', async () => {
    const results = await runEach([
      ['status'],
      ['repair', 'an-id'],
      ['projections', 'list'],
      ['connectors', 'delete'],
    ]);
    expect(results.map(({ code }) => code)).toEqual(results.map(() => 2));
    const line = /^readside: no local system is running \(npm start\), and \S.* is not set$/;
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
