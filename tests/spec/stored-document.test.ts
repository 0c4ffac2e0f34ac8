/** How a document stands in MongoDB, and what of it is served. */
import { describe, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { LosslessNumber, parseLossless } from '../../services/shared/lossless-json.ts';
import type { SourcePosition } from '../../services/shared/projection/change-event.ts';
import type { DocumentState } from '../../services/shared/projection/document.ts';
import { toServedJson, toState, toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import teams from '../fixtures/projections/teams.ts';
import { addressFields, bareDocument, USER } from '../support/profile-rows.ts';
import { throughBson } from '../support/pure-projector.ts';

const NOW = new Date('2026-11-23T18:00:01Z');
const source: SourcePosition = { lsn: 42, txId: 7, committedAt: 1_764_000_000_000_123, snapshot: false };
const { id: _id, ...content } = bareDocument;
const live: DocumentState = { phase: 'live', content: { ...content, email: 'Ada@Example.COM' } };

const store = (state: DocumentState, position = source): StoredDocument =>
  throughBson(toStored(profile, USER, state, { 3: 17 }, position, NOW));

describe('a stored document', () => {
  test('has the content under its own names, and all else under _sync and _keys', () => {
    expect(store(live)).toEqual({
      _id: USER,
      ...live.content,
      _keys: { email: 'ada@example.com' },
      _sync: {
        phase: 'live',
        at: { 3: 17 },
        lsn: 42,
        changedAt: '2025-11-24T16:00:00.000123Z',
        appliedAt: NOW,
        projection: 1,
      },
    });
  });

  test.each([
    [0, '1970-01-01T00:00:00.000000Z'],
    [999, '1970-01-01T00:00:00.000999Z'],
    [1000, '1970-01-01T00:00:00.001000Z'],
    [1_764_000_000_999_999, '2025-11-24T16:00:00.999999Z'],
    [-1, '1969-12-31T23:59:59.999999Z'],
  ])('tells the commit time %i in microseconds: %s', (committedAt, changedAt) => {
    expect(store(live, { ...source, committedAt })._sync.changedAt).toBe(changedAt);
  });

  test('pending: no lookup finds it', () => {
    const { _keys, _sync } = store({ phase: 'pending', content: { addresses: [], preferences: {} } });
    expect(_keys).toBeUndefined();
    expect(_sync.deletedAt).toBeUndefined();
  });

  test('deleted: no personal data, and the time from which it is kept', () => {
    const tombstone = store({ phase: 'deleted', content: {} });
    expect(Object.keys(tombstone)).toEqual(['_id', '_sync']);
    expect(tombstone._sync).toMatchObject({ phase: 'deleted', deletedAt: NOW });
  });

  test.each([
    live,
    { phase: 'deleted', content: {} },
    {
      phase: 'pending',
      content: { addresses: [addressFields('a')], preferences: { n: new LosslessNumber('1e400') } },
    },
  ] as const)('gives back the state that it was made of', (state) => {
    expect(toState(store(state))).toEqual(
      JSON.parse(JSON.stringify(state), (key, value: unknown) =>
        key === 'n' ? new LosslessNumber('1E+400') : value,
      ),
    );
  });
});

describe('the served JSON', () => {
  test('is exactly the contract’s, fields in the order declared', () => {
    // Another order than declared, as a document of an earlier version may have it.
    const stored = store({
      phase: 'live',
      content: {
        preferences: { theme: 'dark', notifications: { email: true } },
        addresses: [addressFields('a')],
        ...Object.fromEntries(
          Object.entries(content)
            .filter(([name]) => !['addresses', 'preferences'].includes(name))
            .toReversed(),
        ),
      },
    });
    expect(toServedJson(profile, stored)).toBe(
      `{"id":"${USER}","email":"ada@example.com","fullName":"Ada","displayName":null,"phone":null,"avatarUrl":null,` +
        '"bio":null,"locale":null,"status":"active","version":1,"createdAt":"2026-11-23T18:00:00.500000Z",' +
        '"updatedAt":"2026-11-23T18:00:00.500000Z","addresses":[{"id":"a","label":"home","line1":"1 rue de la Paix",' +
        '"line2":null,"city":"Paris","region":null,"postalCode":null,"country":"FR","isPrimary":false,' +
        '"createdAt":"2026-11-23T18:00:00.500000Z","updatedAt":"2026-11-23T18:00:00.500000Z"}],' +
        '"preferences":{"theme":"dark","notifications":{"email":true}}}',
    );
  });

  test('prints exact numbers with every digit', () => {
    const preferences = {
      long: new LosslessNumber('1234567890123456789012345678901234567890'),
      large: new LosslessNumber('12345678901234567890'),
      plain: 1.5,
    };
    const text = toServedJson(profile, store({ phase: 'live', content: { ...content, preferences } }));
    expect(text).toContain(
      '"preferences":{"long":1234567890123456789012345678901234567890,"large":12345678901234567890,"plain":1.5}',
    );
    expect(() => parseLossless(text)).not.toThrow();
  });

  test('shows nothing of _sync and _keys', () => {
    expect(Object.keys(JSON.parse(toServedJson(profile, store(live))) as object)).toEqual(
      Object.keys(bareDocument),
    );
  });

  test('has an integer id where the key is an integer', () => {
    const state: DocumentState = { phase: 'live', content: { name: 'One' } };
    const stored = throughBson(toStored(teams, '-3', state, { 0: 0 }, source, NOW));
    expect(toServedJson(teams, stored)).toMatch(/^\{"id":-3,"name":"One"/);
  });
});
