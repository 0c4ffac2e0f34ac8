/** What is wrong with a pipeline → what health says of it: the same sentence for the CLI and for /readyz. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ConnectorStatus } from '../../services/shared/connect/connect-client.ts';
import type { Act } from '../../services/shared/acts.ts';
import { asideCauses } from '../../services/shared/health/aside-causes.ts';
import {
  CAUSE_CODES,
  STAGES,
  WARNING_CODES,
  projectorStopped,
  stageOf,
} from '../../services/shared/health/causes.ts';
import type { HealthFacts } from '../../services/shared/health/facts.ts';
import { createMotion } from '../../services/shared/health/motion.ts';
import { headlineOf, verdictOf } from '../../services/shared/health/verdict.ts';
import type { SlotProgress, SourceProgress } from '../../services/shared/lag/source-progress.ts';
import type { PartitionProgress, TopicProgress } from '../../services/shared/lag/topic-progress.ts';
import { isRestartable } from '../../services/projector/restart-connector.ts';

const SLOT: SlotProgress = {
  active: true,
  walStatus: 'reserved',
  confirmedLsn: 100,
  retainedBytes: 2_000_000,
  safeBytes: 4_000_000_000,
};
const slot = (changed: Partial<SlotProgress>): SourceProgress => source({ ...SLOT, ...changed });

function source(of: SlotProgress | null, provenAt = new Date(1000)): SourceProgress {
  return { now: new Date(2000), currentLsn: 200, provenAt, slot: of };
}

function partition(changed: Partial<PartitionProgress> = {}): TopicProgress {
  const each = { partition: 0, committed: 5, stored: 5, low: 0, end: 5, lag: 0, ...changed };
  return { partitions: [each], lagEvents: each.lag };
}

function connector(state: string, task?: { state: string; trace?: string }): ConnectorStatus {
  return {
    name: 'readside-profile',
    connector: { state, worker_id: 'w' },
    tasks: task ? [{ id: 0, worker_id: 'w', ...task }] : [],
  };
}

const WELL: HealthFacts = {
  projection: 'profile',
  stream: 'profile',
  down: [],
  source: source(SLOT),
  connector: connector('RUNNING', { state: 'RUNNING' }),
  topic: partition(),
  unreplicated: 0,
  group: { members: 1, unassigned: [] },
  write: { ok: true, value: null },
  quarantined: 0,
  wrong: 0,
  reached: 0,
  snapshots: 1,
  still: { sourceMs: 0, groupMs: 0 },
  lagSeconds: 0,
  found: [],
};
const FAILED = connector('RUNNING', {
  state: 'FAILED',
  trace: 'org.apache.X: failed\n\tat Y\nCaused by: org.Z: permission denied',
});

describe('a pipeline that flows', () => {
  test('is up to date, and nothing is said besides', () => {
    expect(verdictOf(WELL)).toEqual({ state: 'up-to-date', text: 'up to date', causes: [], warnings: [] });
  });

  test('lags by the age of what waits', () => {
    const facts = { ...WELL, topic: partition({ end: 9, lag: 4 }), lagSeconds: 2.5 };
    expect(verdictOf(facts)).toMatchObject({ state: 'lagging', text: 'lagging 2.5 s (4 events)' });
    expect(verdictOf({ ...facts, clearInSeconds: 11.2 }).text).toBe(
      'lagging 2.5 s (4 events), clear in 12 s',
    );
  });

  test('is up to date where what waits has come just now and is applied as fast as it comes', () => {
    const facts = { ...WELL, topic: partition({ end: 9, lag: 4 }), lagSeconds: 0.02 };
    expect(verdictOf({ ...facts, inFlight: true })).toMatchObject({
      state: 'up-to-date',
      text: 'up to date',
    });
    expect(verdictOf(facts)).toMatchObject({ state: 'lagging' });
  });

  test('is starting while nothing was proven yet', () => {
    expect(verdictOf({ ...WELL, lagSeconds: null })).toMatchObject({
      state: 'starting',
      text: 'starting: no heartbeat has come through the connector yet',
    });
  });

  test('whose lag nobody can tell says why, and is never up to date', () => {
    const facts = { ...WELL, lagSeconds: null, lagUnknown: 'no answer within 15 s' };
    expect(verdictOf(facts)).toMatchObject({
      state: 'starting',
      text: 'the lag cannot be told (0 events): no answer within 15 s',
    });
    expect(verdictOf({ ...facts, topic: partition({ end: 9, lag: 4 }) })).toMatchObject({
      state: 'lagging',
      text: 'the lag cannot be told (4 events): no answer within 15 s',
    });
  });
});

const CASES: ReadonlyArray<readonly [string, Partial<HealthFacts>, RegExp]> = [
  [
    'postgres-down',
    { down: [{ name: 'postgres', why: 'refused' }], source: null },
    /^postgres does not answer: refused: start postgres/,
  ],
  ['kafka-down', { down: [{ name: 'kafka', why: 'no answer within 3 s' }] }, /^kafka does not answer/],
  [
    'connect-down',
    { down: [{ name: 'connect', why: 'x' }], connector: null, source: slot({ active: false }) },
    /^connect does not/,
  ],
  [
    'connect-starting',
    { connector: 'starting', source: slot({ active: false }) },
    /^Kafka Connect is starting: .*kafka-transactions.sh find-hanging$/,
  ],
  [
    'connector-absent',
    { connector: 'absent', source: slot({ active: false }) },
    /is not registered: readside register$/,
  ],
  [
    'connector-failed',
    { connector: FAILED, source: slot({ active: false }) },
    /failed: Caused by: org.Z: permission denied: .*readside connectors restart profile$/,
  ],
  [
    'connector-held',
    { connector: connector('PAUSED', { state: 'PAUSED' }), source: slot({ active: false }) },
    /is PAUSED: readside connectors resume profile$/,
  ],
  ['connector-held', { connector: connector('STOPPED') }, /is STOPPED: readside connectors resume profile$/],
  ['connector-not-running', { connector: connector('RUNNING') }, /RUNNING \(no task\)/],
  [
    'slot-absent',
    { source: source(null), connector: FAILED },
    /no replication slot readside_profile.*: readside rebuild profile$/,
  ],
  [
    'slot-lost',
    { source: slot({ walStatus: 'lost', active: false }), connector: FAILED },
    /dropped WAL.*: readside rebuild profile$/,
  ],
  [
    'slot-inactive',
    { source: slot({ active: false }) },
    /nobody reads the slot readside_profile, which keeps 2000 kB of WAL/,
  ],
  ['topic-missing', { topic: 'absent' }, /topic profile.changes does not exist: readside register/],
  [
    'topic-made-anew',
    { topic: partition({ stored: 9, committed: 9, end: 3 }) },
    /made anew: readside rebuild profile$/,
  ],
  [
    'topic-truncated',
    { topic: partition({ stored: 2, committed: 2, low: 4, lag: 3 }) },
    /2 records are lost: readside rebuild profile$/,
  ],
  ['projector-absent', { group: { members: 0, unassigned: [] } }, /no projector is in the consumer group/],
  [
    'partition-unassigned',
    { group: { members: 2, unassigned: [1, 3] } },
    /no projector works on partition 1, 3/,
  ],
  ['store-down', { down: [{ name: 'mongod', why: 'x' }], quarantined: null }, /^mongod does not answer/],
  [
    'store-refuses-writes',
    { write: { ok: false, why: 'no answer within 3 s' } },
    /takes no writes: no answer within 3 s: .*fsyncUnlock/,
  ],
  [
    'nothing-proven',
    { still: { sourceMs: 12_000, groupMs: 0 } },
    /come through the connector for 12 s: readside connectors restart profile/,
  ],
  [
    'nothing-applied',
    { still: { sourceMs: 0, groupMs: 9000 }, topic: partition({ end: 9, lag: 4 }) },
    /applied nothing for 9 s, and 4 events wait/,
  ],
  [
    'partition-stalled',
    { found: [{ code: 'partition-stalled', text: 'why: readside x', remedy: '' }] },
    /^why: readside x$/,
  ],
];

describe('a pipeline that stands still says why, and what heals it', () => {
  test.each(CASES)('%s', (code, changed, words) => {
    const verdict = verdictOf({ ...WELL, ...changed });
    expect(verdict.state).toBe('stalled');
    expect(verdict.causes[0]?.code).toBe(code);
    expect(verdict.text).toMatch(/^stalled at [A-Za-z ]+(, 0\.0 s behind \(\d+ events\),)? because /);
    expect(verdict.text.replace(/^stalled.*? because /, '')).toMatch(words);
  });

  test('says at which stage, and how far behind it is', () => {
    const behind = { topic: partition({ end: 9, lag: 4 }), lagSeconds: 3.4 };
    const { text } = verdictOf({ ...WELL, ...behind, connector: connector('PAUSED') });
    expect(text).toBe(
      'stalled at Kafka Connect, 3.4 s behind (4 events), because the connector is PAUSED: readside connectors resume profile',
    );
  });

  test('nobody in the group is no second cause where the projector was stopped, is paused or is held', () => {
    const group = { members: 0, unassigned: [] };
    const stopped = verdictOf({ ...WELL, group, found: [projectorStopped('profile')] });
    expect(stopped.causes.map(({ code }) => code)).toEqual(['projector-stopped']);
    const paused = verdictOf({
      ...WELL,
      group,
      found: asideCauses({ name: 'profile', version: 1 }, 'pause'),
    });
    expect(paused.causes.map(({ code }) => code)).toEqual(['projection-paused']);
  });

  test('the first cause along the flow comes first, and each is told once', () => {
    const { causes } = verdictOf({
      ...WELL,
      down: [
        { name: 'mongod', why: 'x' },
        { name: 'kafka', why: 'x' },
      ],
      connector: 'absent',
      topic: null,
      found: [
        { code: 'partition-stalled', text: 'a', remedy: '' },
        { code: 'partition-stalled', text: 'b', remedy: '' },
      ],
    });
    expect(causes.map(({ code }) => code)).toEqual([
      'kafka-down',
      'connector-absent',
      'partition-stalled',
      'store-down',
    ]);
  });

  test('a slot that is not there yet is no loss: the stream has not begun', () => {
    const topic = partition({ committed: 0, stored: null, end: 0 });
    const { causes } = verdictOf({ ...WELL, source: source(null), topic, connector: connector('RUNNING') });
    expect(causes.map(({ code }) => code)).toEqual(['connector-not-running']);
  });

  test('a symptom is not told beside its cause', () => {
    const still = { sourceMs: 12_000, groupMs: 12_000 };
    const { causes } = verdictOf({ ...WELL, still, connector: connector('PAUSED') });
    expect(causes.map(({ code }) => code)).toEqual(['connector-held']);
  });

  test('a symptom is told beside an API that is down, which no change goes through', () => {
    const still = { sourceMs: 12_000, groupMs: 12_000 };
    const down = (['writeApi', 'readApi'] as const).map((name) => ({ name, why: 'refused' }));
    const { causes } = verdictOf({ ...WELL, still, down, topic: partition({ end: 9, lag: 4 }) });
    expect(causes.map(({ code }) => code)).toEqual([
      'write-api-down',
      'nothing-proven',
      'nothing-applied',
      'read-api-down',
    ]);
  });
});

describe('what does not stop the flow', () => {
  test('is told beside a pipeline that is up to date', () => {
    const verdict = verdictOf({ ...WELL, source: slot({ walStatus: 'unreserved' }) });
    expect(verdict).toMatchObject({ state: 'up-to-date', causes: [] });
    expect(verdict.text).toMatch(
      /^up to date, but the slot readside_profile keeps 2000 kB of WAL \(unreserved\)/,
    );
  });

  test('kept WAL is told of when more than half of what may be kept is used up', () => {
    const warned = (changed: Partial<SlotProgress>): readonly string[] =>
      verdictOf({ ...WELL, source: slot(changed) }).warnings.map(({ code }) => code);
    expect(warned({ retainedBytes: 1e9, safeBytes: 3e9 })).toEqual([]);
    expect(warned({ retainedBytes: 3e9, safeBytes: 1e9 })).toEqual(['slot-retains']);
    expect(warned({ retainedBytes: 3e9, safeBytes: null })).toEqual([]);
    expect(warned({ retainedBytes: 5e9, safeBytes: null })).toEqual(['slot-retains']);
  });

  test('a missing broker is told of by the partitions that lack its replica', () => {
    const verdict = verdictOf({ ...WELL, unreplicated: 3 });
    expect(verdict).toMatchObject({ state: 'up-to-date', causes: [] });
    expect(verdict.text).toMatch(/^up to date, but 3 partitions of profile.changes lack a replica in sync/);
    expect(verdictOf({ ...WELL, unreplicated: null }).warnings).toEqual([]);
  });

  test('rows that two snapshots have read make it a warning that names the rebuild', () => {
    expect(verdictOf({ ...WELL, snapshots: 2 }).warnings).toEqual([
      expect.objectContaining({ code: 'snapshot-repeated', remedy: 'readside rebuild profile' }),
    ]);
  });

  test('degraded users make it degraded, not stalled', () => {
    const verdict = verdictOf({ ...WELL, quarantined: 2 });
    expect(verdict).toMatchObject({ state: 'degraded', causes: [] });
    expect(verdict.text).toMatch(
      /^up to date, but 2 documents are degraded.*: readside dlq list --projection profile$/,
    );
  });
});

describe('wrong documents', () => {
  test('make it degraded, with the command that finds and repairs them', () => {
    const verdict = verdictOf({ ...WELL, wrong: 1 });
    expect(verdict).toMatchObject({ state: 'degraded', causes: [] });
    expect(verdict.text).toMatch(
      /^up to date, but 1 document is not what the source says: readside verify profile --all --repair$/,
    );
  });
});

const ACTS: ReadonlyArray<readonly [string, Partial<HealthFacts>, Act | undefined]> = [
  ['connector-absent', { connector: 'absent' }, { act: 'register', params: {} }],
  ['connector-failed', { connector: FAILED }, { act: 'connector-restart', params: { stream: 'profile' } }],
  [
    'connector-held',
    { connector: connector('PAUSED') },
    { act: 'connector-resume', params: { stream: 'profile' } },
  ],
  [
    'slot-inactive',
    { source: slot({ active: false }) },
    { act: 'connector-restart', params: { stream: 'profile' } },
  ],
  [
    'slot-lost',
    { source: slot({ walStatus: 'lost' }) },
    { act: 'rebuild', params: { projection: 'profile' } },
  ],
  ['topic-missing', { topic: 'absent' }, { act: 'register', params: {} }],
  [
    'topic-truncated',
    { topic: partition({ stored: 2, committed: 2, low: 4, lag: 3 }) },
    { act: 'rebuild', params: { projection: 'profile' } },
  ],
  [
    'projector-stopped',
    { found: [projectorStopped('profile')] },
    { act: 'projection-start', params: { projection: 'profile' } },
  ],
  [
    'projection-paused',
    { found: asideCauses({ name: 'profile', version: 1 }, 'pause') },
    { act: 'projection-resume', params: { projection: 'profile' } },
  ],
  [
    'documents-degraded',
    { quarantined: 1 },
    { act: 'dlq-retry', params: { projection: 'profile', all: true } },
  ],
  [
    'documents-wrong',
    { wrong: 1 },
    { act: 'verify', params: { projection: 'profile', all: true, repair: true } },
  ],
  // A process that is away no command of ours brings back.
  ['postgres-down', { down: [{ name: 'postgres', why: 'refused' }] }, undefined],
  ['partition-unassigned', { group: { members: 2, unassigned: [1] } }, undefined],
];

test.each(ACTS)('%s has the act that heals it beside its words', (code, changed, act) => {
  const { causes, warnings } = verdictOf({ ...WELL, ...changed });
  const cause = [...causes, ...warnings].find((each) => each.code === code);
  expect(cause).toBeDefined();
  expect(cause?.act).toEqual(act);
});

test.each([...CAUSE_CODES, ...WARNING_CODES])('%s has its place in the pipeline', (code) => {
  expect(STAGES).toContain(stageOf({ code }));
});

describe('the headline of a system', () => {
  const well = { projection: 'a', verdict: verdictOf(WELL) };
  const paused = { projection: 'b', verdict: verdictOf({ ...WELL, connector: connector('PAUSED') }) };
  const lagging = { projection: 'c', verdict: verdictOf({ ...WELL, lagSeconds: 1.8, clearInSeconds: 12 }) };

  test('is that of its only read model, without what mends it', () => {
    expect(headlineOf([well])).toEqual({ state: 'up-to-date', headline: 'up to date' });
    expect(headlineOf([paused])).toEqual({
      state: 'stalled',
      headline: 'stalled at Kafka Connect because the connector is PAUSED',
    });
    expect(headlineOf([lagging]).headline).toBe('lagging 1.8 s (0 events), clear in 12 s');
    const degraded = { projection: 'd', verdict: verdictOf({ ...WELL, quarantined: 2 }) };
    expect(headlineOf([degraded]).headline).toBe(
      'up to date, but 2 documents are degraded by changes that could not be applied',
    );
  });

  test('names the worst of several, and says once what they have in common', () => {
    expect(headlineOf([well, { ...well, projection: 'b' }]).headline).toBe('up to date');
    expect(headlineOf([well, paused, lagging])).toEqual({
      state: 'stalled',
      headline: 'b: stalled at Kafka Connect because the connector is PAUSED',
    });
    expect(headlineOf([paused, { ...paused, projection: 'c' }]).headline).toBe(
      'stalled at Kafka Connect because the connector is PAUSED',
    );
  });
});

test('a system without a read model is not up to date', () => {
  expect(headlineOf([])).toEqual({ state: 'starting', headline: 'starting: no read model was started' });
});

describe('a failed connector is started again', () => {
  test('when its slot is there, and never when it is lost, absent or not known', () => {
    expect(isRestartable(WELL)).toBe(false);
    expect(isRestartable({ ...WELL, connector: FAILED, source: slot({ active: false }) })).toBe(true);
    expect(isRestartable({ ...WELL, connector: FAILED, source: source(null) })).toBe(false);
    expect(isRestartable({ ...WELL, connector: FAILED, source: slot({ walStatus: 'lost' }) })).toBe(false);
    expect(isRestartable({ ...WELL, connector: FAILED, source: null })).toBe(false);
    expect(isRestartable({ ...WELL, connector: connector('PAUSED') })).toBe(false);
  });
});

describe('stillness', () => {
  test('counts from the last heartbeat or record, and of the group only while something waits', () => {
    const motion = createMotion();
    const waits = partition({ committed: 5, end: 9, lag: 4 });
    expect(motion.observe(0, source(SLOT), waits, 0)).toEqual({ sourceMs: 0, groupMs: 0 });
    expect(motion.observe(4000, source(SLOT), waits, 0)).toEqual({ sourceMs: 4000, groupMs: 4000 });
    expect(motion.observe(5000, source(SLOT, new Date(1500)), waits, 0)).toEqual({
      sourceMs: 0,
      groupMs: 5000,
    });
    expect(motion.observe(6000, source(SLOT, new Date(1500)), partition(), 0)).toEqual({
      sourceMs: 0,
      groupMs: 0,
    });
    expect(motion.observe(7000, null, null, 0)).toEqual({ sourceMs: 0, groupMs: 0 });
  });

  test('of the group is none while documents are reached, though nothing is committed', () => {
    const motion = createMotion();
    const waits = partition({ committed: 5, end: 9, lag: 4 });
    const after = (now: number, reached: number): number =>
      motion.observe(now, source(SLOT), waits, reached).groupMs;
    expect([after(0, 0), after(4000, 250), after(9000, 500), after(12_000, 500)]).toEqual([0, 0, 0, 3000]);
  });
});

test.each([...CAUSE_CODES, ...WARNING_CODES])('docs/operations.md has a section for %s', (code) => {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  expect(text.split('\n')).toContain(`### ${code}`);
});
