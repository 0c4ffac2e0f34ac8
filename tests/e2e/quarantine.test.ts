/**
 * One bad record harms one user (invariant 7), on the real system: the others are equal to SQL all the while, nothing is skipped, and
 * what was put aside heals by `readside dlq`. Each test leaves nothing in quarantine.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { openQuarantine } from '../../services/shared/open-quarantine.ts';
import type { QuarantineMark } from '../../services/shared/stored-document.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import type { CliResult } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { userRow } from '../support/profile-rows.ts';
import { produceRaw } from '../support/raw-topic.ts';
import { addAddress, addPreference, addUser } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { runningSystem, testDataDir } from '../support/stack.ts';
import { read } from '../support/system-client.ts';

const WAIT = { timeoutMs: 60_000, intervalMs: 50 };

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());
afterEach(async () => {
  const { documents, unkeyed } = await openQuarantine(pipeline.db, pipeline.projection);
  if (documents + unkeyed > 0)
    throw new Error(`left in quarantine: ${documents} documents, ${unkeyed} without key`);
});

const dlq = (...args: readonly string[]): Promise<CliResult> => runCli(['dlq', ...args], testDataDir());

async function markOf(id: string): Promise<QuarantineMark | undefined> {
  return (await pipeline.documents.findOne({ _id: id }))?._sync.quarantine;
}

/** Resolves with the mark when so many changes of the user are in quarantine. */
function quarantined(id: string, changes: number): Promise<QuarantineMark> {
  return waitFor(
    `${changes} changes of ${id} in quarantine`,
    async () => {
      const mark = await markOf(id);
      if (mark?.changes !== changes) throw new Error(`there are ${mark?.changes ?? 0}`);
      return mark;
    },
    WAIT,
  );
}

const rename = (ids: readonly string[], to: string): Promise<unknown> =>
  pipeline.sql.query('update users set display_name = $2 where id = any ($1)', [ids, to]);
const newUsers = (count: number): Promise<readonly string[]> =>
  Promise.all(Array.from({ length: count }, () => addUser(pipeline.sql)));

const source = { table: 'users', ts_us: 1_764_000_000_000_000 };
const envelope = (op: string, after: unknown): string => JSON.stringify({ op, before: null, after, source });

describe('records that no document can follow', () => {
  const kinds: ReadonlyArray<readonly [string, string | null, string]> = [
    ['bad JSON', '{"op":"u","aft', 'the change is not JSON'],
    ['no value', null, 'the change has no value'],
    [
      'a wrong type',
      envelope('u', userRow({ version: 'two' })),
      'users.version: expected an integer, got string',
    ],
    ['an unknown op', envelope('x', userRow()), 'the operation "x" cannot be projected'],
  ];

  test('each degrades its own user; all others are as in SQL; discarding them heals', async () => {
    const victims = await newUsers(kinds.length);
    const others = await newUsers(12);
    await servedAsInSql(pipeline, [...victims, ...others]);

    await produceRaw(
      pipeline.projection.topic,
      kinds.map(([, value], i) => ({ key: victims[i] ?? '', value })),
    );
    await Promise.all(victims.map((id) => quarantined(id, 1)));
    await rename([...victims, ...others], 'After');
    await servedAsInSql(pipeline, others);
    const marks = await Promise.all(victims.map((id) => quarantined(id, 2)));
    expect(marks.map(({ error }) => error)).toEqual(kinds.map(([, , error]) => error));
    for (const id of victims) {
      const answer = await read(`/profiles/${id}`);
      expect([answer.status, answer.freshness['degraded']]).toEqual([200, '?1']);
      expect(answer.body).toMatchObject({ displayName: null, version: 1 });
    }

    const [first = '', ...rest] = victims;
    const list = await dlq('list', '--json');
    expect(jsonOf(list)).toMatchObject({
      documents: expect.arrayContaining([
        expect.objectContaining({ id: first, changes: 2, error: 'the change is not JSON' }),
      ]),
      unkeyed: [],
    });
    const shown = jsonOf(await dlq('show', first, '--json'));
    expect(shown).toMatchObject({
      id: first,
      letters: [
        { topic: 'profile.changes', key: first, value: '{"op":"u","aft', error: 'the change is not JSON' },
        { error: expect.stringMatching(/^follows \d+:\d+$/) },
      ],
    });

    const again = await dlq('retry', '--all', '--json');
    expect(again.code).toBe(1);
    expect(jsonOf(again)).toHaveLength(victims.length);
    expect((await markOf(first))?.changes).toBe(2);
    expect((await dlq('discard', '--user', first)).code).toBe(2);
    const healed = await dlq('discard', '--user', first, '--yes', '--json');
    expect({ code: healed.code, result: jsonOf(healed) }).toMatchObject({
      code: 0,
      result: [{ id: first, state: 'healed', applied: 1, remaining: 0 }],
    });
    for (const id of rest) expect((await dlq('discard', '--user', id, '--yes')).code).toBe(0);
    await servedAsInSql(pipeline, [...victims, ...others]);
    expect((await read(`/profiles/${first}`)).freshness['degraded']).toBeUndefined();
    await rename(victims, 'Again');
    await servedAsInSql(pipeline, victims);

    const acts = jsonOf(await dlq('audit', '--json')) as ReadonlyArray<{ act: string; of: string[] }>;
    expect(acts.filter(({ of }) => of.includes(first)).map(({ act }) => act)).toEqual(['retry', 'discard']);
  }, 240_000);

  test('one without a key is kept, and counted once', async () => {
    const [other = ''] = await newUsers(1);
    await produceRaw(pipeline.projection.topic, [
      { key: null, value: JSON.stringify({ op: 't', source }), partition: 0 },
      { key: null, value: envelope('c', userRow()), partition: 0 },
    ]);
    await waitFor(
      'two changes that name no document',
      async () => (await openQuarantine(pipeline.db, pipeline.projection)).unkeyed === 2,
      WAIT,
    );
    await rename([other], 'Flows');
    await servedAsInSql(pipeline, [other]);
    const { unkeyed } = jsonOf(await dlq('list', '--json')) as {
      readonly unkeyed: ReadonlyArray<{ partition: number; offset: number; error: string }>;
    };
    expect(unkeyed.map(({ error }) => error).toSorted()).toEqual([
      'the change has no key',
      'the operation "t" cannot be projected',
    ]);
    for (const { partition, offset } of unkeyed)
      expect((await dlq('discard', '--letter', `${partition}:${offset}`, '--yes')).code).toBe(0);
  }, 120_000);

  test('a user of whom nothing is known is not found, and is there when the record is passed over', async () => {
    const id = '00000000-0000-7000-8000-00000000dead';
    await produceRaw(pipeline.projection.topic, [{ key: id, value: '?' }]);
    await quarantined(id, 1);
    expect((await read(`/profiles/${id}`)).status).toBe(404);
    await pipeline.sql.query(
      "insert into users (id, email, full_name) values ($1, 'dead@example.com', 'Late')",
      [id],
    );
    await quarantined(id, 2);
    expect((await dlq('discard', '--user', id, '--yes')).code).toBe(0);
    await servedAsInSql(pipeline, [id]);
  }, 120_000);
});

describe('rows that a document cannot hold', () => {
  test('jsonb nested too deep: the rest of the user waits with it', async () => {
    const [victim = '', other = ''] = await newUsers(2);
    await servedAsInSql(pipeline, [victim, other]);
    await addPreference(pipeline.sql, victim, 'deep', '['.repeat(1500) + ']'.repeat(1500));
    await addAddress(pipeline.sql, victim);
    await rename([other], 'Flows');
    expect((await quarantined(victim, 2)).error).toMatch(/nested at most 1000 deep/);
    await servedAsInSql(pipeline, [other]);
    await pipeline.sql.query("delete from preferences where user_id = $1 and key = 'deep'", [victim]);
    await quarantined(victim, 3);
    expect((await dlq('discard', '--user', victim, '--yes')).code).toBe(0);
    await servedAsInSql(pipeline, [victim]);
  }, 120_000);

  test('more than 16 MB: made smaller in SQL, a retry heals it, and a dry run says how', async () => {
    const [victim = '', other = ''] = await newUsers(2);
    const megabytes = JSON.stringify('x'.repeat(4 * 1024 * 1024));
    for (const key of ['a', 'b', 'c', 'd', 'e']) await addPreference(pipeline.sql, victim, key, megabytes);
    await rename([victim, other], 'After');
    await servedAsInSql(pipeline, [other]);
    const mark = await waitFor('the mark', () => markOf(victim), WAIT);
    expect(mark.error).toMatch(/larger than the 16 MB/);
    expect((await dlq('retry', '--user', victim)).code).toBe(1);

    await pipeline.sql.query("delete from preferences where user_id = $1 and key <> 'a'", [victim]);
    await pipeline.settled();
    const before = await pipeline.documents.findOne({ _id: victim });
    const dry = await dlq('retry', '--user', victim, '--dry-run', '--json');
    expect(dry.code).toBe(0);
    expect(jsonOf(dry)).toMatchObject([
      {
        state: 'healed',
        differences: expect.arrayContaining([{ path: 'displayName', before: 'null', after: '"After"' }]),
      },
    ]);
    expect(await pipeline.documents.findOne({ _id: victim })).toEqual(before);
    expect((await dlq('retry', '--user', victim)).code).toBe(0);
    await servedAsInSql(pipeline, [victim]);
  }, 240_000);
});

describe('dead letters that cannot be written', () => {
  const topic = deadLettersTopic('profile');

  async function limit(bytes: number): Promise<void> {
    const { admin } = pipeline;
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: 2, name: topic }],
    });
    const set = (resources[0]?.configEntries ?? []).filter(({ isDefault }) => !isDefault);
    const entries = new Map(set.map(({ configName, configValue }) => [configName, configValue]));
    entries.set('max.message.bytes', String(bytes));
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: 2, name: topic, configEntries: [...entries].map(([name, value]) => ({ name, value })) },
      ],
    });
  }

  test('the partition waits, and nothing is skipped; it goes on by itself', async () => {
    const [victim = ''] = await newUsers(1);
    await servedAsInSql(pipeline, [victim]);
    const pid = runningSystem().pids.projector;
    await limit(10);
    try {
      const before = await retries();
      await produceRaw(pipeline.projection.topic, [{ key: victim, value: '?' }]);
      await rename([victim], 'Waits');
      await waitFor('the letter to be tried again', async () => (await retries()) > before + 1, WAIT);
      expect(await markOf(victim)).toBeUndefined();
      const told = await waitFor('/readyz to tell it', async () => (await unready()) ?? false, WAIT);
      expect(told).toMatch(
        /^stalled at the projector.*partition \d has tried the same changes .*cannot be written/,
      );
    } finally {
      await limit(50_397_184);
    }
    await waitFor('/readyz to be ready again', async () => (await unready()) === null, WAIT);
    await quarantined(victim, 2);
    expect(runningSystem().pids.projector).toBe(pid);
    expect((await dlq('discard', '--user', victim, '--yes')).code).toBe(0);
    await servedAsInSql(pipeline, [victim]);
  }, 120_000);
});

/** What /readyz says; null when it is ready. */
async function unready(): Promise<string | null> {
  const response = await fetch(`${runningSystem().projectorUrl}/readyz`);
  const { health } = (await response.json()) as { readonly health: { readonly text: string } };
  return response.ok ? null : health.text;
}

async function retries(): Promise<number> {
  const text = await (await fetch(`${runningSystem().projectorUrl}/metrics`)).text();
  return Number(/^readside_retries_total (\d+)$/m.exec(text)?.[1]);
}
