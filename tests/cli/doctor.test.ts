/** `readside doctor` finds nothing broken in a system that is well, and of what was broken by hand each with what mends it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Check } from '../../cli/doctor/check.ts';
import { waitFor } from '../../stack/wait.ts';
import { jsonOf, newGround, runCli } from '../support/cli.ts';
import { pauseConnector, resumeConnector } from '../support/connector-control.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { testDataDir } from '../support/stack.ts';

interface Examined {
  readonly code: number | null;
  readonly state: string;
  readonly checks: readonly Check[];
  readonly ms: number;
}

async function doctor(
  env: Readonly<Record<string, string>> = {},
  dataDir = testDataDir(),
): Promise<Examined> {
  const result = await runCli(['doctor', '--json'], dataDir, env);
  expect(result.stderr).toBe('');
  const { state, checks } = jsonOf(result) as Pick<Examined, 'state' | 'checks'>;
  return { code: result.code, state, checks, ms: result.ms };
}

const brokenOf = ({ checks }: Examined): readonly Check[] => checks.filter(({ mark }) => mark === 'broken');

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
  await pipeline.settled();
});
afterAll(() => pipeline.close());

async function untilUnbroken(): Promise<Examined> {
  return waitFor(
    'nothing to be broken',
    async () => {
      const examined = await doctor();
      const broken = brokenOf(examined);
      if (broken.length > 0) throw new Error(broken.map(({ text }) => text).join('; '));
      return examined;
    },
    { timeoutMs: 90_000 },
  );
}

test('of a system that is well nothing is broken, every stage was looked at, and after a verification all is fine', async () => {
  const first = await untilUnbroken();
  expect(new Set(first.checks.map(({ stage }) => stage))).toEqual(
    new Set([
      'machine',
      'configuration',
      'postgres',
      'kafka',
      'connect',
      'mongodb',
      'services',
      'read models',
    ]),
  );
  const verified = await runCli(['verify', '--all'], testDataDir());
  expect(verified.code).toBe(0);
  const { checks } = await untilUnbroken();
  const left = checks.filter(({ stage, mark }) => stage === 'read models' && mark !== 'ok');
  expect(left).toEqual([]);
  const { stdout, stderr } = await runCli(['doctor'], testDataDir());
  expect(stderr).toBe('');
  expect(stdout).toMatch(/^postgres\n(?: {2}✓ .+\n)+/m);
  expect(stdout).not.toContain('✗');
}, 240_000);

describe('what was broken by hand', () => {
  test('in Connect, Postgres and MongoDB is found, each with what mends it: exit 1', async () => {
    const { sql, documents } = pipeline;
    await sql.query('alter publication readside drop table preferences');
    await sql.query("comment on view readside.profile_source is 'of another version'");
    await sql.query('revoke insert on public.users from readside_writer');
    await documents.dropIndex('pending');
    await pauseConnector('profile');
    try {
      const examined = await doctor();
      expect(examined).toMatchObject({ code: 1, state: 'broken' });
      const remedies = Object.fromEntries(brokenOf(examined).map(({ code, remedy }) => [code, remedy]));
      expect(remedies).toMatchObject({
        rights: 'readside migrate',
        'publication-table':
          'alter publication readside add table public.preferences, then readside rebuild profile',
        'view-outdated': 'readside migrate',
        'index-missing': 'start the projector again: it makes them',
        'connector-held': 'readside connectors resume profile',
      });
      expect(brokenOf(examined).find(({ code }) => code === 'rights')?.text).toBe(
        'readside_writer may not insert public.users',
      );
    } finally {
      await sql.query('alter publication readside add table preferences');
      await sql.query('grant insert on public.users to readside_writer');
      await documents.createIndex(
        { '_sync.phase': 1 },
        { name: 'pending', partialFilterExpression: { '_sync.phase': 'pending' } },
      );
      await resumeConnector('profile');
      expect((await runCli(['migrate'], testDataDir())).code).toBe(0);
    }
    await untilUnbroken();
    await pipeline.settled();
  }, 240_000);

  test('an address that is wrong is told as what it is, and that it is not the local system’s', async () => {
    const examined = await doctor({ CONNECT_URL: 'http://127.0.0.1:9' });
    expect(examined.code).toBe(1);
    expect(brokenOf(examined)).toMatchObject([
      { stage: 'connect', code: 'reached', remedy: expect.stringContaining('mend CONNECT_URL') },
    ]);
    expect(examined.checks).toContainEqual(
      expect.objectContaining({ stage: 'configuration', code: 'connect-url', mark: 'warning' }),
    );
    const unreadable = await doctor({ DATABASE_URL: 'mysql://a:secret@h/d' });
    expect(brokenOf(unreadable)).toMatchObject([
      { code: 'database-url', text: 'DATABASE_URL is mysql://a:…@h/d' },
    ]);
  }, 120_000);
});

test('where nothing runs it says so of everything, and in time', async () => {
  const ground = newGround();
  try {
    const nothing = await doctor(ground.env as Record<string, string>, ground.dataDir);
    expect(nothing).toMatchObject({ code: 1, state: 'broken' });
    expect(brokenOf(nothing).map(({ code }) => code)).toEqual([
      'database-url',
      'mongodb-url',
      'kafka-brokers',
      'connect-url',
    ]);
    const closed = {
      DATABASE_URL: 'postgres://a:b@127.0.0.1:1/readside',
      MONGODB_URL: 'mongodb://127.0.0.1:1/readside',
      KAFKA_BROKERS: '127.0.0.1:1',
      CONNECT_URL: 'http://127.0.0.1:1',
    };
    const down = await doctor(closed, ground.dataDir);
    expect(brokenOf(down).map(({ stage, code }) => `${stage} ${code}`)).toEqual([
      'postgres reached',
      'kafka reached',
      'connect reached',
      'mongodb reached',
    ]);
    expect(down.ms).toBeLessThan(40_000);
  } finally {
    ground.remove();
  }
}, 120_000);
