/** `readside dlq` as a person or a script meets it. What it does to documents is in tests/e2e/quarantine.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, linesOf, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { produceRaw } from '../support/raw-topic.ts';
import { addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { testDataDir } from '../support/stack.ts';

const dlq = (...args: readonly string[]): Promise<CliResult> => runCli(['dlq', ...args], testDataDir());

describe('with nothing in quarantine', () => {
  test('list and retry say so, and are content', async () => {
    expect(await dlq('list')).toMatchObject({ code: 0, stdout: 'nothing is in quarantine\n', stderr: '' });
    expect(jsonOf(await dlq('list', '--json'))).toEqual({ documents: [], unkeyed: [] });
    expect(await dlq('retry', '--all')).toMatchObject({ code: 0, stdout: 'nothing is in quarantine\n' });
    const one = await dlq('retry', '--user', 'nobody', '--dry-run');
    expect(one).toMatchObject({ code: 0, stdout: 'nobody is not in quarantine\n' });
  }, 180_000);

  test.each<[readonly string[], string]>([
    [['retry'], 'either --user <id> or --all'],
    [['retry', '--all', '--user', 'a'], 'either --user <id> or --all'],
    [['discard', '--yes'], 'either --user <id> or --letter <partition:offset>'],
    [['discard', '--user', 'a'], 'the change will be in no document: say --yes if that is what you want'],
    [['discard', '--user', 'a', '--yes'], 'a is not in quarantine'],
    [['discard', '--letter', 'a', '--yes'], 'a is no <partition>:<offset>'],
    [
      ['discard', '--letter', '0:0', '--yes'],
      '0:0 is neither the first change of a document in quarantine nor one that names no document',
    ],
    [['show', 'a'], 'a is not in quarantine'],
  ])('%j is a wrong argument', async (args, message) => {
    const result = await dlq(...args);
    expect({ code: result.code, lines: linesOf(result) }).toEqual({
      code: 2,
      lines: [`readside: ${message}`],
    });
  });

  test('a projection that there is not is a wrong argument', async () => {
    const result = await dlq('list', '--projection', 'nope');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('PROJECTION nope: there is no ');
  });
});

describe('with one user in quarantine', () => {
  let pipeline: Pipeline;
  let id = '';
  beforeAll(async () => {
    pipeline = await openPipeline();
    id = await addUser(pipeline.sql);
    await servedAsInSql(pipeline, [id]);
    await produceRaw(pipeline.projection.topic, [{ key: id, value: '{"op":\u001b[31m' }]);
    await pipeline.sql.query("update users set display_name = 'After' where id = $1", [id]);
    await waitFor(
      'two changes in quarantine',
      async () => (await pipeline.documents.findOne({ _id: id }))?._sync.quarantine?.changes === 2,
      { timeoutMs: 60_000 },
    );
  }, 180_000);
  afterAll(() => pipeline.close());

  test('list and show tell it in lines, and nothing in a record drives the terminal', async () => {
    const list = await dlq('list', '--projection', 'profile');
    expect(list.code).toBe(0);
    expect(linesOf(list)).toEqual([
      expect.stringMatching(new RegExp(`^${id}  2 changes since .* from \\d+:\\d+: the change is not JSON$`)),
    ]);
    const show = await dlq('show', id);
    expect(linesOf(show)).toHaveLength(4);
    expect(show.stdout).toContain('{"op":·[31m');
    expect(show.stdout).toMatch(/follows \d+:\d+\n {2}\{"/);
  }, 180_000);

  test('a retry that still fails says so: exit 1, and nothing has changed', async () => {
    const before = await pipeline.documents.findOne({ _id: id });
    const result = await dlq('retry', '--user', id);
    expect(result.code).toBe(1);
    expect(linesOf(result)).toEqual([
      `${id} stays in quarantine: 0 changes applied, 2 remain: the change is not JSON`,
    ]);
    expect(await pipeline.documents.findOne({ _id: id })).toEqual(before);
  }, 180_000);

  test('discard by the letter’s position heals, and audit tells who did what', async () => {
    const first = (await pipeline.documents.findOne({ _id: id }))?._sync.quarantine?.first;
    const position = `${first?.partition}:${first?.offset}`;
    const result = await runCli(['dlq', 'discard', '--letter', position, '--yes'], testDataDir(), {
      USER: 'operator',
    });
    expect(result).toMatchObject({ code: 0, stdout: `${id} healed: 1 changes applied\n` });
    await servedAsInSql(pipeline, [id]);
    const lines = linesOf(await dlq('audit')).filter((line) => line.includes(id));
    expect(lines).toEqual([
      expect.stringContaining(`retry ${id}`),
      expect.stringMatching(
        new RegExp(`discard ${id} by operator: 1 healed, 0 failing, 1 changes applied, 1 discarded$`),
      ),
    ]);
  }, 180_000);
});
