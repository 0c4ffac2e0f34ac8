/** The JSON that is made of a document's bytes is the one that is made of its objects. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import profile from '../../projections/profile.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { createDocumentDecoder } from '../../services/shared/raw-document.ts';
import { toServedJson, toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import teams from '../fixtures/projections/teams.ts';
import { arbitraryJson, arbitraryKey } from '../support/arbitrary-json.ts';
import { addressOf, profileOf } from '../support/read-api.ts';
import { differences } from '../support/same-json.ts';

const ID = '01936d5e-0000-7000-8000-000000000001';
const decode = createDocumentDecoder(profile);

function stored(content: Readonly<Record<string, unknown>>, projection = profile, id = ID): StoredDocument {
  const source = { lsn: 0x1_016b_3748, txId: 1, committedAt: 1_795_469_876_092_998, snapshot: false };
  return toStored(projection, id, { phase: 'live', content }, { '3': 1042 }, source, new Date(1));
}

test('whatever json a document holds', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(arbitraryKey, arbitraryJson), { maxLength: 5, selector: ([key]) => key }),
      fc.string({ unit: 'binary', maxLength: 40 }),
      (preferences, text) => {
        const values = Object.fromEntries(preferences.map(([key, json]) => [key, parseLossless(json)]));
        const document = stored(profileOf({ bio: text, preferences: values, addresses: [addressOf()] }));
        const bytes = BSON.serialize(document);
        const { json, id, revision, sync } = decode(bytes);
        const expected = toServedJson(profile, BSON.deserialize(bytes) as StoredDocument);
        expect(differences(parseLossless(expected), parseLossless(json))).toEqual([]);
        expect({ id, revision, sync }).toEqual({ id: ID, revision: 7, sync: document._sync });
      },
    ),
    { numRuns: 500 },
  );
});

test.each<[string, Readonly<Record<string, unknown>>]>([
  ['texts of every kind', { bio: '"\\\u0000\u001f\u007f\b\t\n\f\r é\u2028𝒵', fullName: '' }],
  ['numbers', { preferences: { a: [0, -0, 0.1, 1e21, 1e-7, -5e-324, 2 ** 31, 2 ** 53, -1] } }],
  ['the rest', { preferences: { a: [null, true, false, {}, [], [[]], { b: { c: 'd' } }] } }],
  ['exact numbers', { preferences: parseLossless('{"a": 12345678901234567890, "b": [1e400]}') }],
  ['a large version', { version: 2 ** 40 }],
])('byte for byte: %s', (_, fields) => {
  const bytes = BSON.serialize(stored(profileOf({ addresses: [addressOf(), addressOf()], ...fields })));
  const document = BSON.deserialize(bytes) as StoredDocument;
  const { json, revision } = decode(bytes);
  expect(json).toBe(toServedJson(profile, document));
  expect(revision).toBe(document['version']);
});

test('fields keep the order in which they were declared, and those that are not stored are left out', () => {
  const { _id, _sync, bio: _bio, ...rest } = stored(profileOf());
  const document = { _sync, ...Object.fromEntries(Object.entries(rest).toReversed()), unknown: 1, _id };
  const { json } = decode(BSON.serialize(document));
  expect(json).toBe(toServedJson(profile, document));
});

test('an id that is an integer is a number', () => {
  const bytes = BSON.serialize(stored({ name: 'One', members: [] }, teams, '-3'));
  const { id, json } = createDocumentDecoder(teams)(bytes);
  expect([id, json]).toEqual(['-3', toServedJson(teams, BSON.deserialize(bytes) as StoredDocument)]);
});

test('a large document leaves room for the next, and texts that are all escapes have it', () => {
  const large = '\u0001'.repeat(300_000);
  for (const bio of [large, 'small', large]) {
    const bytes = BSON.serialize(stored(profileOf({ bio })));
    expect(decode(bytes).json).toBe(toServedJson(profile, BSON.deserialize(bytes) as StoredDocument));
  }
});
