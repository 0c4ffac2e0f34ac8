/** `readside check` finds what does not fit together, says what mends it, and is silent about what does. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { stackEndpoints, testDataDir } from '../support/stack.ts';
import { jsonOf, runCli } from '../support/cli.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';

interface Found {
  readonly code: string;
  readonly text: string;
  readonly remedy: string;
}

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

async function check(): Promise<{ code: number | null; found: readonly Found[] }> {
  const result = await runCli(['check', 'profile', '--json'], testDataDir());
  const [{ findings } = { findings: [] }] = jsonOf(result) as ReadonlyArray<{ findings: readonly Found[] }>;
  return { code: result.code, found: findings };
}

test('a system that is well has no findings: exit 0', async () => {
  expect(await check()).toEqual({ code: 0, found: [] });
  const { code, stdout } = await runCli(['check'], testDataDir());
  expect({ code, stdout }).toEqual({ code: 0, stdout: '● profile: everything fits\n' });
}, 180_000);

test('what was changed in Postgres, Kafka, Connect and MongoDB is found, each with what mends it: exit 1', async () => {
  const { sql, documents } = pipeline;
  const url = `${stackEndpoints().connectUrl}/connectors/readside-profile/config`;
  const config = (await (await fetch(url)).json()) as Record<string, string>;
  const put = async (body: Record<string, string>): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const { ok, status } = await fetch(url, { method: 'PUT', headers, body: JSON.stringify(body) });
    if (!ok) throw new Error(`Connect answered ${status}`);
  };
  try {
    await sql.query('alter table users rename column bio to about');
    await sql.query('alter table addresses alter column city drop not null');
    await sql.query('alter table preferences replica identity default');
    await sql.query("alter publication readside set (publish = 'insert, update')");
    await sql.query("comment on view readside.profile_source is 'of another version'");
    await documents.dropIndex('pending');
    await put({ ...config, 'max.batch.size': '2048' });
    const { code, found } = await check();
    expect(code).toBe(1);
    expect(Object.fromEntries(found.map((each) => [each.code, each.text]))).toEqual({
      'column-missing': 'users.bio is not in Postgres: dropped, or renamed',
      'column-nullable': 'addresses.city may be null in Postgres, and not in the projection',
      'replica-identity': 'preferences has not REPLICA IDENTITY FULL',
      'publication-operations': 'the publication readside leaves out delete',
      'view-outdated': 'the source view "readside"."profile_source" is not that of this version of profile',
      'connector-config': 'the connector readside-profile is registered with other settings: max.batch.size',
      'index-missing': 'the collection profiles has not the indexes pending',
    });
    for (const { remedy } of found) expect(remedy).not.toBe('');
  } finally {
    await sql.query('alter table users rename column about to bio');
    await sql.query('alter table addresses alter column city set not null');
    await sql.query('alter table preferences replica identity full');
    await sql.query("alter publication readside set (publish = 'insert, update, delete, truncate')");
    await documents.createIndex(
      { '_sync.phase': 1 },
      { name: 'pending', partialFilterExpression: { '_sync.phase': 'pending' } },
    );
    await put(config);
    const migrated = await runCli(['migrate'], testDataDir());
    expect(migrated.code).toBe(0);
  }
  expect(await check()).toEqual({ code: 0, found: [] });
  await pipeline.settled();
}, 120_000);

test('a server that does not answer is a finding', async () => {
  const closed = { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/readside', CONNECT_URL: 'http://127.0.0.1:1' };
  const result = await runCli(['check', '--json'], testDataDir(), closed);
  expect(result.code).toBe(1);
  const [first] = jsonOf(result) as ReadonlyArray<{ findings: readonly Found[] }>;
  expect(first?.findings.map(({ code }) => code)).toEqual(['postgres-down', 'connect-down']);
}, 60_000);
