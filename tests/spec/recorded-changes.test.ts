/**
 * What Debezium, Kafka Connect and Postgres really said (tests/fixtures/changes), folded: each document must equal the
 * one that Postgres itself computed, and each fact that the design rests on must be in the recordings.
 */
/* oxlint-disable jest/expect-expect -- the helpers named expect… do */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { decode } from '../../services/projector/decode.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { ChangeEvent } from '../../services/shared/projection/change-event.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import teams from '../fixtures/projections/teams.ts';
import { userId } from '../support/scenario-rows.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import type { PureProjector } from '../support/pure-projector.ts';
import { readRecording, toRawChange } from '../support/recorded.ts';
import type { RecordedMessage } from '../support/recorded.ts';
import { differences } from '../support/same-json.ts';

const scenarios = readdirSync(new URL('../fixtures/changes/', import.meta.url)).map((name) =>
  name.replace('.json', ''),
);
const projectionOf = (scenario: string) => (scenario === 'teams' ? teams : profile);
/** All but the ones that the projector must refuse. */
const projectable = (scenario: string): readonly RecordedMessage[] =>
  readRecording(scenario).messages.filter(({ key }) => key !== null);

function fold(scenario: string, batchSize = Infinity): PureProjector {
  const projector = createPureProjector(projectionOf(scenario));
  const messages = projectable(scenario);
  const step = Math.min(batchSize, messages.length);
  for (let at = 0; at < messages.length; at += step) projector.deliver(messages.slice(at, at + step));
  return projector;
}

/** The changes to one document, in the order of their offsets. */
function changes(scenario: string, key?: string): readonly ChangeEvent[] {
  return projectable(scenario)
    .filter((message) => key === undefined || message.key === key)
    .map((message) => decode(toRawChange(message)));
}

const told = (scenario: string, key?: string): readonly string[] =>
  changes(scenario, key).map(({ op, table }) => `${op} ${table}`);

const largeColumn = (row: ChangeEvent['after']): number => String(row?.['bio'] ?? row?.['value']).length;

function expectEqualToSource(scenario: string, projector: PureProjector): void {
  const { documents } = readRecording(scenario);
  const live = projector.ids().filter((id) => projector.phase(id) === 'live');
  expect(live.toSorted()).toEqual(Object.keys(documents).toSorted());
  for (const [id, text] of Object.entries(documents))
    expect(differences(parseLossless(text), projector.served(id))).toEqual([]);
}

describe('every recording', () => {
  // After a TRUNCATE the documents cannot equal the source: that is why it is refused.
  const comparable = scenarios.filter((scenario) => scenario !== 'truncated');

  test('is there', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(25);
  });

  test.each(comparable)('%s: folded at once, it equals the source', (scenario) => {
    expectEqualToSource(scenario, fold(scenario));
  });

  test.each(comparable)('%s: folded change by change, it equals the source', (scenario) => {
    expectEqualToSource(scenario, fold(scenario, 1));
  });

  test.each(comparable)('%s: delivered again, it changes nothing', (scenario) => {
    const projector = fold(scenario);
    const before = projector.ids().map((id) => projector.stored(id));
    expect(projector.deliver(projectable(scenario))).toBe(0);
    expect(projector.ids().map((id) => projector.stored(id))).toEqual(before);
  });
});

describe('what the recordings show', () => {
  test('row LSNs interleave: a change with a lower LSN arrives later, and is folded', () => {
    const lsns = changes('interleaved-transactions', userId(70)).map(({ source }) => source.lsn ?? 0);
    expect(lsns.some((lsn, i) => lsn < Math.max(...lsns.slice(0, i)))).toBe(true);
    expect(fold('interleaved-transactions').served(userId(70))).toMatchObject({
      addresses: [{ label: 'slow' }, { label: 'quick' }],
      preferences: { theme: 'light', 'from slow': 1 },
    });
  });

  test('a changed preference key is one update with two keys', () => {
    const renames = changes('preference-key-changed').filter(({ op }) => op === 'u');
    expect(renames.map(({ before, after }) => [before?.['key'], after?.['key']])).toEqual([
      ['theme', 'colour'],
      ['size', 'width'],
    ]);
    expect(fold('preference-key-changed').served(userId(51))).toMatchObject({
      preferences: { colour: 'dark', width: 13 },
    });
  });

  test('an address that moves is a delete under the old key and a create under the new one', () => {
    expect(told('address-moved', userId(31))).toEqual(['c users', 'c addresses', 'd addresses']);
    expect(told('address-moved', userId(32))).toEqual(['c users', 'c addresses']);
  });

  test('a preference that moves does the same', () => {
    expect(told('preference-moved', userId(52)).at(-1)).toBe('d preferences');
    expect(told('preference-moved', userId(53)).at(-1)).toBe('c preferences');
  });

  test('an address whose id changes is one update with two ids', () => {
    const update = changes('address-id-changed').at(-1);
    expect(update?.op).toBe('u');
    expect(update?.before?.['id']).not.toBe(update?.after?.['id']);
  });

  test('a user whose id changes is a delete under the old key and a create under the new one', () => {
    expect(told('user-id-changed', userId(13))).toEqual(['c users', 'd users']);
    expect(told('user-id-changed', userId(14))).toEqual(['c users']);
    const projector = fold('user-id-changed');
    expect(projector.phase(userId(13))).toBe('deleted');
    expect(projector.phase(userId(14))).toBe('live');
  });

  test('a deleted user goes first, the children’s deletes follow and find the tombstone', () => {
    expect(told('user-deleted-with-children').slice(5)).toEqual([
      'd users',
      ...Array<string>(2).fill('d addresses'),
      ...Array<string>(2).fill('d preferences'),
    ]);
    expect(fold('user-deleted-with-children', 1).phase(userId(11))).toBe('deleted');
  });

  test('columns that an update did not touch arrive whole, also when they are kept out of line', () => {
    for (const { before, after } of changes('large-bio-untouched').filter(({ op }) => op === 'u')) {
      expect(largeColumn(before)).toBeGreaterThan(20_000);
      expect(largeColumn(after)).toBe(largeColumn(before));
    }
  });

  test('a snapshot may read children before their root; they wait and are not served', () => {
    const messages = projectable('snapshot-children-first').filter(({ key }) => key === userId(80));
    expect(told('snapshot-children-first', userId(80))).toEqual([
      'r preferences',
      'r addresses',
      'r addresses',
      'r users',
    ]);
    const projector = createPureProjector(profile);
    projector.deliver(messages.slice(0, -1));
    expect(projector.phase(userId(80))).toBe('pending');
    expect(projector.served(userId(80))).toBeNull();
    projector.deliver(messages.slice(-1));
    expect(projector.served(userId(80))).toMatchObject({ addresses: [{}, {}] });
  });

  test('a snapshot’s rows say so, streamed ones do not', () => {
    expect(changes('snapshot-children-first').every(({ source }) => source.snapshot)).toBe(true);
    expect(changes('user-rows').some(({ source }) => source.snapshot)).toBe(false);
  });

  test('a snapshot revives a user who was deleted and created again unseen, without the old children', () => {
    const projector = createPureProjector(profile);
    const messages = projectable('snapshot-after-delete');
    projector.deliver(messages.slice(0, 6));
    expect(projector.phase(userId(90))).toBe('deleted');
    projector.deliver(messages.slice(6));
    expect(projector.served(userId(90))).toMatchObject({
      displayName: 'the second',
      addresses: [{ city: 'Lyon' }],
      preferences: { theme: 'light' },
    });
  });

  test('TRUNCATE, where it gets past its trigger, has no key, and is refused rather than ignored', () => {
    const truncate = readRecording('truncated').messages.find(({ key }) => key === null);
    expect(JSON.parse(truncate?.value ?? '{}')).toMatchObject({ op: 't', source: { table: 'preferences' } });
    const act = (): unknown => truncate && decode(toRawChange(truncate));
    expect(act).toThrow(ChangeError);
    expect(act).toThrow('the operation "t" cannot be projected');
  });

  test('what was rolled back never arrives', () => {
    expect(told('rolled-back')).toEqual(['c users', 'c addresses']);
  });

  test('jsonb arrives as text, so no digit is lost before it is decoded', () => {
    const preferences = fold('json-values').served(userId(54)) as { preferences: Record<string, unknown> };
    const numeral = '0.1234567890123456789012345678901234567890';
    expect(preferences.preferences[`number ${numeral}`]).toEqual(parseLossless(`{"n": ${numeral}}`));
    expect(Object.hasOwn(preferences.preferences, '__proto__')).toBe(true);
  });

  test('timestamps are UTC with six digits, whatever the session’s time zone', () => {
    const times = changes('timestamps').map(({ after }) => after?.['created_at']);
    for (const time of times) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/);
    expect(times).toEqual(expect.arrayContaining([expect.stringMatching(/^0001-01-01T/)]));
  });

  test('numeric and bigint-like values arrive as text, integers as numbers', () => {
    const team = changes('teams', '1')[0]?.after;
    expect(team).toMatchObject({ id: 1, budget: '12345678901234567890.10' });
  });

  test('the message key is the document’s id as a plain string', () => {
    for (const scenario of scenarios)
      for (const { key } of projectable(scenario)) expect(key).toMatch(/^(-?\d+|[0-9a-f-]{36})$/);
  });
});
