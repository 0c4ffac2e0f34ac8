/** The map of preferences: one entry a row, any key, any JSON value. */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import profile from '../../projections/profile.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { arbitraryJson, arbitraryKey } from '../support/arbitrary-json.ts';
import { specOf } from '../support/given-when-then.ts';
import { bareDocument, preferenceRow, preferences, USER, userRow, users } from '../support/profile-rows.ts';

const { given } = specOf(profile, USER);
const user = users.created(userRow());
const dark = preferenceRow('theme', '"dark"');
const light = preferenceRow('theme', '"light"');

/** The whole document as JSON text, with this text for its preferences. */
const withPreferences = (json: string): string =>
  `${JSON.stringify({ ...bareDocument, preferences: undefined }).slice(0, -1)}, "preferences": ${json}}`;

describe('entries', () => {
  test('are set, replaced and removed', () => {
    given(user)
      .when(preferences.created(dark))
      .thenHas({ preferences: { theme: 'dark' } });
    given(user, preferences.created(dark))
      .when(preferences.updated(dark, light))
      .thenHas({ preferences: { theme: 'light' } });
    given(user, preferences.created(dark)).when(preferences.deleted(dark)).then(bareDocument);
  });

  test('a changed key takes the old entry away', () => {
    given(user, preferences.created(dark))
      .when(preferences.updated(dark, preferenceRow('colour', '"dark"')))
      .then(withPreferences('{"colour": "dark"}'));
  });

  test('a changed key replaces an entry that was there under the new one', () => {
    given(user, preferences.created(dark), preferences.created(preferenceRow('colour', '1')))
      .when(preferences.updated(dark, preferenceRow('colour', '2')))
      .then(withPreferences('{"colour": 2}'));
  });

  test.each(['created', 'read'] as const)('a row %s under a known key replaces the entry', (op) => {
    given(user, preferences.created(dark))
      .when(preferences[op](light))
      .then(withPreferences('{"theme": "light"}'));
  });

  test('a delete of an entry that is not there changes nothing', () => {
    given(user, preferences.created(dark))
      .when(preferences.deleted(preferenceRow('other', '1')))
      .thenUnchanged();
  });

  test('JSON null is a value', () => {
    given(user)
      .when(preferences.created(preferenceRow('a', 'null')))
      .then(withPreferences('{"a": null}'));
  });
});

describe('keys', () => {
  test.each([
    '__proto__',
    'constructor',
    'hasOwnProperty',
    ' ',
    '.',
    'a.b',
    '$set',
    '$',
    '_id',
    '_bsontype',
    '$ref',
    '🔑',
    '0',
  ])('%j is a key like any other: set, kept beside another, renamed, removed', (key) => {
    const row = preferenceRow(key, '{"deep": 12345678901234567890}');
    const name = JSON.stringify(key);
    const set = [user, preferences.created(row), preferences.created(dark)];
    given(...set)
      .when()
      .then(withPreferences(`{${name}: {"deep": 12345678901234567890}, "theme": "dark"}`));
    given(...set)
      .when(preferences.updated(row, preferenceRow('renamed', '1')))
      .then(withPreferences('{"renamed": 1, "theme": "dark"}'));
    given(...set)
      .when(preferences.deleted(row))
      .then(withPreferences('{"theme": "dark"}'));
  });

  test('no key reaches an object’s prototype', () => {
    given(user)
      .when(preferences.created(preferenceRow('__proto__', '{"polluted": true}')))
      .then(withPreferences('{"__proto__": {"polluted": true}}'));
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('that are no text are refused', () => {
    given(user)
      .when(preferences.created({ key: 1, value: '1' }))
      .thenRefused(/^preferences\.key: expected text/);
  });
});

test('any keys and any values are served as they were written', () => {
  const entries = fc.uniqueArray(
    fc.tuple(
      arbitraryKey.filter((key) => key !== ''),
      arbitraryJson,
    ),
    { maxLength: 6, selector: ([key]) => key },
  );
  fc.assert(
    fc.property(entries, (rows) => {
      const json = rows.map(([key, value]) => `${JSON.stringify(key)}: ${value}`).join(', ');
      expect(() => parseLossless(`{${json}}`)).not.toThrow();
      given(user)
        .when(...rows.map(([key, value]) => preferences.created(preferenceRow(key, value))))
        .then(withPreferences(`{${json}}`));
    }),
    { numRuns: 300 },
  );
});
