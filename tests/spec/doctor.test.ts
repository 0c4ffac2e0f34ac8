/** What doctor was told → what it says of it, and how to mend it. */
import { stripVTControlCharacters as plain } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { compareVersions, markOf, readVersion } from '../../cli/doctor/check.ts';
import type { Check, Version } from '../../cli/doctor/check.ts';
import { judgeConfiguration, withoutPassword } from '../../cli/doctor/judge-configuration.ts';
import type { Variable } from '../../cli/doctor/judge-configuration.ts';
import { judgeConnect } from '../../cli/doctor/judge-connect.ts';
import { judgeKafka } from '../../cli/doctor/judge-kafka.ts';
import type { KafkaFacts, TopicFacts } from '../../cli/doctor/judge-kafka.ts';
import { judgeMachine } from '../../cli/doctor/judge-machine.ts';
import { judgeMongo } from '../../cli/doctor/judge-mongo.ts';
import { judgePostgres } from '../../cli/doctor/judge-postgres.ts';
import type { PostgresFacts } from '../../cli/doctor/judge-postgres.ts';
import { judgeReadModels } from '../../cli/doctor/judge-read-model.ts';
import { judgeClock, judgeVersion, notReached } from '../../cli/doctor/judge-server.ts';
import { judgeProjector, judgeService, judgeToken } from '../../cli/doctor/judge-services.ts';
import { screenOf } from '../../cli/doctor/screen.ts';
import type { ProjectionReport } from '../../services/shared/status-report.ts';

/** What is not fine, as `code mark`. */
const found = (checks: readonly Check[]): readonly string[] =>
  checks.filter(({ mark }) => mark !== 'ok').map(({ code, mark }) => `${code} ${mark}`);
const remedyOf = (checks: readonly Check[], code: string): string | undefined =>
  checks.find((each) => each.code === code && each.mark !== 'ok')?.remedy;

function version(text: string): Version {
  const read = readVersion(text);
  if (!read) throw new Error(`${text} has no version`);
  return read;
}

describe('versions', () => {
  test.each([
    ['18.4 (Debian 18.4-1)', [18, 4, 0]],
    ['3.7.0.Final', [3, 7, 0]],
    ['v20.11.1', [20, 11, 1]],
    ['7', [7, 0, 0]],
  ])('%s is read', (text, expected) => {
    expect(readVersion(text)).toEqual(expected);
  });

  test('are compared number by number, and what has none is told', () => {
    expect(readVersion('unknown')).toBeNull();
    expect(compareVersions(version('4.10.0'), version('4.9.9'))).toBeGreaterThan(0);
    const known = { name: 'Thing', stage: 'kafka', tested: '4.2', oldest: '3.9' } as const;
    expect(judgeVersion(known, '3.8.1')).toMatchObject({
      mark: 'broken',
      remedy: 'use Thing 3.9 or newer; 4.2 is tested',
    });
    expect(judgeVersion(known, '4.9.0').mark).toBe('ok');
    expect(judgeVersion(known, '5.0.0').mark).toBe('warning');
    expect(judgeVersion(known, 'devel').mark).toBe('warning');
  });
});

test('clocks that are seconds apart are a warning, minutes are too much', () => {
  expect(judgeClock('postgres', 'Postgres', 800).mark).toBe('ok');
  expect(judgeClock('postgres', 'Postgres', -5000)).toMatchObject({
    mark: 'warning',
    text: 'the clock of Postgres is 5.0 s behind that of this machine',
  });
  expect(judgeClock('postgres', 'Postgres', 90_000).mark).toBe('broken');
});

test('a server that does not answer is told once', () => {
  expect(notReached('kafka', 'Kafka', 'KAFKA_BROKERS', 'refused').text).toBe(
    'Kafka does not answer: refused',
  );
  expect(
    notReached('connect', 'Kafka Connect', 'CONNECT_URL', 'Kafka Connect does not answer at x').text,
  ).toBe('Kafka Connect does not answer at x');
});

describe('this machine', () => {
  const fine = { node: '20.20.2', missing: [], freeBytes: 50e9, dataDir: '/data', taken: [] };

  test('is fine', () => {
    expect(found(judgeMachine(fine))).toEqual([]);
    expect(judgeMachine({ ...fine, taken: null }).some(({ code }) => code === 'ports')).toBe(false);
  });

  test('lacks something', () => {
    const missing = ['Java is not on PATH; Kafka runs on it: install Java 17 (Debian: apt-get install it)'];
    const checks = judgeMachine({
      ...fine,
      node: '18.1.0',
      missing,
      freeBytes: 1e9,
      taken: [{ name: 'kafka', port: 9 }],
    });
    expect(found(checks)).toEqual(['node broken', 'prerequisites broken', 'disk broken', 'ports warning']);
    expect(checks.find(({ code }) => code === 'prerequisites')).toMatchObject({
      text: 'Java is not on PATH; Kafka runs on it',
      remedy: 'install Java 17 (Debian: apt-get install it)',
    });
    expect(found(judgeMachine({ ...fine, freeBytes: 3e9 }))).toEqual(['disk warning']);
  });
});

describe('the configuration', () => {
  const variable: Variable = {
    name: 'DATABASE_URL',
    value: undefined,
    local: undefined,
    pattern: '^postgres://',
    example: 'postgres://…',
    required: true,
  };

  test('is told without passwords', () => {
    const [check] = judgeConfiguration([{ ...variable, value: 'postgres://a:secret@h:1/d' }], false);
    expect(check).toMatchObject({ mark: 'ok', text: 'DATABASE_URL is postgres://a:…@h:1/d' });
    expect(withoutPassword('mongodb://u:p@a:1,b:2/readside')).toBe('mongodb://u:…@a:1,b:2/readside');
    expect(withoutPassword('kafka://u:p%40x@a:1?tls=true')).toBe('kafka://u:…@a:1?tls=true');
    expect(withoutPassword('host:9092')).toBe('host:9092');
  });

  test('lacks a variable, has a wrong one, or names another system than the one that runs', () => {
    expect(found(judgeConfiguration([variable], false))).toEqual(['database-url broken']);
    expect(found(judgeConfiguration([{ ...variable, required: false }], false))).toEqual([]);
    expect(found(judgeConfiguration([{ ...variable, value: 'mysql://x' }], false))).toEqual([
      'database-url broken',
    ]);
    const mixed = [{ ...variable, value: 'postgres://elsewhere', local: 'postgres://here' }];
    expect(found(judgeConfiguration(mixed, true))).toEqual(['database-url warning']);
    expect(remedyOf(judgeConfiguration(mixed, true), 'database-url')).toMatch(/^unset DATABASE_URL/);
    expect(found(judgeConfiguration([{ ...variable, local: 'postgres://here' }], true))).toEqual([]);
  });
});

describe('Postgres', () => {
  const WANTED = { tested: '18.4', slots: ['readside_a'], migrations: ['1_tables', '2_grants'] };
  const FINE: PostgresFacts = {
    version: '18.4',
    clockAheadMs: 3,
    settings: {
      wal_level: 'logical',
      max_replication_slots: '16',
      max_wal_senders: '16',
      max_slot_wal_keep_size: '4096',
    },
    slots: [{ name: 'readside_a', active: true, walStatus: 'reserved', retainedBytes: 1 }],
    senders: 1,
    roles: ['owner', 'writer', 'replicator', 'reader'].map((name) => ({
      name: `readside_${name}`,
      replication: name === 'replicator',
      login: true,
    })),
    rightsMissing: [],
    applied: ['1_tables', '2_grants'],
  };
  const judge = (changed: Partial<PostgresFacts>): readonly Check[] =>
    judgePostgres({ ...FINE, ...changed }, WANTED);
  const settings = (changed: Record<string, string>) => ({ settings: { ...FINE.settings, ...changed } });
  const slot = (name: string, retainedBytes: number) => ({
    name,
    active: false,
    walStatus: 'reserved',
    retainedBytes,
  });

  test('is fine', () => {
    expect(found(judge({}))).toEqual([]);
  });

  test.each<readonly [string, Partial<PostgresFacts>, string, RegExp]>([
    ['too old', { version: '17.5' }, 'version broken', /18\.0 or newer/],
    [
      'without logical WAL',
      settings({ wal_level: 'replica' }),
      'wal-level broken',
      /set wal_level = logical/,
    ],
    [
      'without a slot left',
      settings({ max_replication_slots: '1' }),
      'max-replication-slots warning',
      /= 16/,
    ],
    [
      'without a sender left',
      settings({ max_wal_senders: '1' }),
      'max-wal-senders warning',
      /max_wal_senders/,
    ],
    [
      'keeping WAL without limit',
      settings({ max_slot_wal_keep_size: '-1' }),
      'max-slot-wal-keep-size warning',
      /4GB/,
    ],
    [
      'with a slot of ours left over',
      { slots: [slot('readside_gone', 0)] },
      'slots-left warning',
      /drop_replication_slot\('readside_gone'\)/,
    ],
    [
      'with a slot of others that keeps much',
      { slots: [slot('theirs', 2e9)] },
      'slots-left warning',
      /'theirs'/,
    ],
    ['without a role', { roles: FINE.roles.slice(1) }, 'roles broken', /^readside migrate$/],
    [
      'with a role that may not log in',
      { roles: FINE.roles.map((each) => ({ ...each, login: each.name !== 'readside_reader' })) },
      'roles broken',
      /^readside migrate$/,
    ],
    [
      'with a replicator that may not replicate',
      { roles: FINE.roles.map((each) => ({ ...each, replication: false })) },
      'roles broken',
      /^readside migrate$/,
    ],
    [
      'with a right missing',
      { rightsMissing: ['readside_writer may not insert x'] },
      'rights broken',
      /^readside migrate$/,
    ],
    ['with a migration missing', { applied: ['1_tables'] }, 'migrations broken', /^readside migrate$/],
    ['of newer code', { applied: ['1_tables', '2_grants', '3_more'] }, 'migrations warning', /newer code/],
    ['that does not let us see', { applied: null }, 'migrations warning', /DATABASE_URL/],
  ])('%s', (_what, changed, code, remedy) => {
    const checks = judge(changed);
    expect(found(checks)).toEqual([code]);
    expect(remedyOf(checks, code.split(' ')[0] ?? '')).toMatch(remedy);
  });

  test('of others that hold little is nobody’s business here', () => {
    expect(found(judge({ slots: [slot('theirs', 5)] }))).toEqual([]);
  });
});

describe('Kafka', () => {
  const settings = { 'cleanup.policy': 'delete', 'retention.ms': '604800000', 'max.message.bytes': '100' };
  const topic = (name: string, changed: Partial<TopicFacts> = {}): TopicFacts => ({
    name,
    partitions: 4,
    replicas: 3,
    leaderless: 0,
    settings,
    ...changed,
  });
  const FINE: KafkaFacts = {
    brokers: 3,
    settings: { 'message.max.bytes': '100', 'auto.create.topics.enable': 'false' },
    topics: [topic('a.changes'), topic('a.dead-letters')],
  };
  const WANTED = {
    maxMessageBytes: 100,
    topics: [
      { name: 'a.changes', asMany: null, maxMessageBytes: 100 },
      { name: 'a.dead-letters', asMany: 'a.changes', maxMessageBytes: 100 },
    ],
  };
  const withTopic = (changed: Partial<TopicFacts>): KafkaFacts => ({
    ...FINE,
    topics: [topic('a.changes', changed)],
  });

  test('is fine, and a topic that is not there was told of by the read model', () => {
    expect(found(judgeKafka(FINE, WANTED))).toEqual([]);
    expect(found(judgeKafka({ ...FINE, topics: [] }, WANTED))).toEqual([]);
    expect(
      found(judgeKafka({ ...FINE, brokers: 1, topics: [topic('a.changes', { replicas: 1 })] }, WANTED)),
    ).toEqual([]);
  });

  test.each<readonly [string, KafkaFacts, string, RegExp]>([
    [
      'takes small records only',
      { ...FINE, settings: { ...FINE.settings, 'message.max.bytes': '9' } },
      'message-max-bytes warning',
      /to 100$/,
    ],
    [
      'makes topics by itself',
      { ...FINE, settings: { ...FINE.settings, 'auto.create.topics.enable': 'true' } },
      'auto-create-topics warning',
      /to false/,
    ],
    ['does not let us see', { ...FINE, settings: null }, 'broker-settings warning', /describe/],
    [
      'compacts the changes',
      withTopic({ settings: { ...settings, 'cleanup.policy': 'compact' } }),
      'topic broken',
      /cleanup\.policy=delete/,
    ],
    ['has too few replicas', withTopic({ replicas: 1 }), 'topic warning', /3 replicas/],
    ['has partitions without a leader', withTopic({ leaderless: 1 }), 'topic broken', /brokers back/],
    [
      'has a topic of small records',
      withTopic({ settings: { ...settings, 'max.message.bytes': '9' } }),
      'topic warning',
      /max\.message\.bytes=100/,
    ],
    [
      'has fewer partitions for letters',
      { ...FINE, topics: [topic('a.changes'), topic('a.dead-letters', { partitions: 2 })] },
      'topic broken',
      /--partitions 4$/,
    ],
  ])('%s', (_what, facts, code, remedy) => {
    const checks = judgeKafka(facts, WANTED);
    expect(found(checks)).toEqual([code]);
    expect(remedyOf(checks, code.split(' ')[0] ?? '')).toMatch(remedy);
  });
});

describe('Kafka Connect', () => {
  const FINE = {
    version: '4.2.2',
    clusterId: 'x',
    debezium: '3.7.0.Final',
    connectors: ['readside-a', 'other'],
  };
  const WANTED = { kafka: '4.2.2', debezium: '3.7.0.Final', connectors: ['readside-a'], clusterId: 'x' };

  test('is fine, also where Kafka did not tell which it is', () => {
    expect(found(judgeConnect(FINE, WANTED))).toEqual([]);
    expect(found(judgeConnect(FINE, { ...WANTED, clusterId: null }))).toEqual([]);
  });

  test('of another Kafka, without Debezium, or with a connector that nobody wants', () => {
    expect(found(judgeConnect(FINE, { ...WANTED, clusterId: 'y' }))).toEqual(['cluster broken']);
    expect(found(judgeConnect({ ...FINE, debezium: null }, WANTED))).toEqual(['debezium broken']);
    expect(found(judgeConnect({ ...FINE, debezium: '3.0.1' }, WANTED))).toEqual(['debezium broken']);
    const left = judgeConnect({ ...FINE, connectors: ['readside-gone'] }, WANTED);
    expect(remedyOf(left, 'connectors-left')).toContain('/connectors/readside-gone');
  });
});

describe('MongoDB', () => {
  const FINE = {
    version: '8.0.15',
    clockAheadMs: 0,
    set: 'rs0',
    isRouter: false,
    members: 3,
    hasPrimary: true,
    database: 'readside',
  };

  test('is fine', () => {
    expect(found(judgeMongo(FINE, '8.0.15'))).toEqual([]);
    expect(found(judgeMongo({ ...FINE, set: null, isRouter: true }, '8.0.15'))).toEqual([]);
  });

  test('that is alone, without a primary, of two, too old, or with the driver’s default database', () => {
    expect(remedyOf(judgeMongo({ ...FINE, set: null }, '8.0.15'), 'replica-set')).toContain('--replSet');
    expect(found(judgeMongo({ ...FINE, hasPrimary: false }, '8.0.15'))).toEqual(['replica-set broken']);
    expect(found(judgeMongo({ ...FINE, members: 2 }, '8.0.15'))).toEqual(['replica-set warning']);
    expect(found(judgeMongo({ ...FINE, version: '5.0.3' }, '8.0.15'))).toEqual(['version broken']);
    expect(found(judgeMongo({ ...FINE, database: 'test' }, '8.0.15'))).toEqual(['database warning']);
  });
});

describe('services', () => {
  const service = { name: 'the read API', variable: 'READ_API_URL', address: 'http://x' };

  test('answer and are ready, or say why not', () => {
    const ready = { ...service, readiness: { ok: true, value: { ready: true, failing: [] } } } as const;
    const unready = {
      ...service,
      readiness: { ok: true, value: { ready: false, failing: ['mongo: away'] } },
    } as const;
    const away = { ...service, readiness: { ok: false, why: 'refused' } } as const;
    expect(judgeService(ready).mark).toBe('ok');
    expect(judgeService(unready)).toMatchObject({
      mark: 'broken',
      text: 'the read API is not ready: mongo: away',
    });
    expect(judgeService(away)).toMatchObject({
      mark: 'broken',
      remedy: expect.stringContaining('READ_API_URL'),
    });
    // Why a projector is not ready is said of its read model.
    expect(judgeProjector(unready).mark).toBe('ok');
    expect(judgeProjector(away).mark).toBe('broken');
  });

  test('take the token, refuse it, or want one', () => {
    expect(judgeToken({ status: 404, hasToken: true }).mark).toBe('ok');
    expect(judgeToken({ status: 401, hasToken: true }).mark).toBe('broken');
    expect(judgeToken({ status: 401, hasToken: false }).mark).toBe('warning');
    expect(judgeToken({ status: 404, hasToken: false }).mark).toBe('ok');
  });
});

describe('read models', () => {
  const report = (changed: Partial<ProjectionReport> = {}): ProjectionReport => ({
    projection: 'a',
    stream: 's',
    collection: 'as',
    state: 'up-to-date',
    text: 'up to date',
    causes: [],
    warnings: [],
    version: 2,
    built: 2,
    projectors: 1,
    pid: null,
    stopped: false,
    pausedAt: null,
    lag: { error: 'not asked' },
    documents: { error: 'not asked' },
    quarantined: 0,
    verified: {
      at: 'then',
      scope: 'all',
      compared: 1,
      missing: 0,
      extra: 0,
      different: 0,
      degraded: 0,
      undecided: 0,
    },
    rebuild: null,
    kept: null,
    ...changed,
  });
  const one = (changed: Partial<ProjectionReport>, codes: readonly string[] = []): readonly Check[] =>
    judgeReadModels([
      {
        report: report(changed),
        findings: codes.map((code) => ({
          code,
          text: code,
          why: '',
          remedy: `mend ${code}`,
          blocking: false,
        })),
      },
    ]);
  const cause = (code: 'connector-held' | 'postgres-down' | 'slot-absent') =>
    ({ code, text: code, remedy: `mend ${code}`, stage: 'connect' }) as const;

  test('are fine', () => {
    expect(found(one({}))).toEqual([]);
  });

  test('have what check finds and what status says, each once', () => {
    expect(
      found(one({ causes: [cause('slot-absent')], state: 'stalled' }, ['slot-absent', 'index-missing'])),
    ).toEqual(['slot-absent broken', 'index-missing broken']);
    expect(found(one({}, ['column-nullable']))).toEqual(['column-nullable warning']);
    expect(remedyOf(one({ causes: [cause('connector-held')], state: 'stalled' }), 'connector-held')).toBe(
      'mend connector-held',
    );
  });

  test('say nothing of servers that do not answer, and do not call fine what could not be looked at', () => {
    const checks = one({ causes: [cause('postgres-down')], state: 'stalled' }, ['postgres-down']);
    expect(checks.map(({ code }) => code)).toEqual(['verified']);
  });

  test('were never verified, were found wrong, lag, or are of another version', () => {
    expect(found(one({ verified: null }))).toEqual(['verified warning']);
    expect(found(one({ verified: null, stopped: true }))).toEqual([]);
    const wrong = {
      at: 'then',
      scope: 'all',
      compared: 9,
      missing: 1,
      extra: 0,
      different: 1,
      degraded: 0,
      undecided: 0,
    };
    expect(remedyOf(one({ verified: wrong }), 'verified')).toBe('readside verify a --all --repair');
    expect(found(one({ state: 'lagging', text: 'lagging 3.0 s' }))).toEqual(['flow warning']);
    expect(remedyOf(one({ built: 1 }), 'definition-not-applied')).toBe(
      'readside plan a, then readside apply a',
    );
  });

  test('say once what is the same of several', () => {
    const held = { causes: [cause('connector-held')], state: 'stalled' } as const;
    const checks = judgeReadModels(
      ['a', 'b'].map((projection) => ({ report: report({ ...held, projection }), findings: [] })),
    );
    expect(checks.find(({ code }) => code === 'connector-held')?.text).toBe('a, b: connector-held');
  });
});

test('the screen has a line for each check, by stage, and the worst of all in the end', () => {
  const check = (stage: Check['stage'], mark: Check['mark'], remedy = ''): Check => ({
    stage,
    code: 'x',
    mark,
    text: `${stage} ${mark}`,
    remedy,
  });
  const checks = [
    check('kafka', 'warning', 'do this'),
    check('machine', 'ok'),
    check('kafka', 'broken', 'do that'),
  ];
  expect(markOf(checks)).toBe('broken');
  expect(markOf(checks.slice(0, 2))).toBe('warning');
  expect(markOf([])).toBe('ok');
  expect(plain(screenOf(checks))).toBe(
    'machine\n  ✓ machine ok\n\nkafka\n  ! kafka warning → do this\n  ✗ kafka broken → do that\n\n✗ 1 broken, 1 warning, of 3 checks\n',
  );
  expect(plain(screenOf([check('machine', 'ok')]))).toContain('✓ all 1 checks are fine');
});
