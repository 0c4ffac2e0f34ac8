/** Documents as bytes: what no change touches comes out as it went in, and what is looked at is what the driver would give. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { BSON } from 'mongodb';
import profile from '../../projections/profile.ts';
import { createDocumentCache } from '../../services/projector/document-cache.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { packDocument, packedSize, unpackDocument } from '../../services/projector/packed-document.ts';
import { Packed, unpacked } from '../../services/shared/projection/document.ts';
import { toState } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { arbitraryJson, arbitraryKey } from '../support/arbitrary-json.ts';
import {
  addresses,
  addressRow,
  preferenceRow,
  preferences,
  USER,
  userRow,
  users,
} from '../support/profile-rows.ts';

const NOW = new Date('2026-11-25T15:00:00Z');

function folded(
  before: StoredDocument | undefined,
  ...changes: ReadonlyArray<ReturnType<typeof users.created>>
) {
  const from = before?._sync.at[0] ?? -1;
  const positioned = changes.map((change, i) => ({ offset: from + 1 + i, change }));
  const fold = foldDocument(profile, USER, before, 0, positioned, NOW);
  if (fold === null) throw new Error('nothing was folded');
  return fold.document;
}

const driver = (document: StoredDocument): Buffer =>
  Buffer.from(BSON.serialize(document, { ignoreUndefined: false }));

const whole = folded(
  undefined,
  addresses.created(addressRow('a1', { city: 'Zürich 🏔' })),
  preferences.created(
    preferenceRow('a.b', '{"$x":[1,{"constructor":[{"a":1}]}],"big":12345678901234567890}'),
  ),
  users.created(userRow()),
);

describe('a document', () => {
  test('is the same bytes as the driver makes of it', () => {
    expect(packDocument(whole)).toEqual(driver(whole));
    expect(packedSize(whole)).toBe(driver(whole).length);
  });

  test('that is unpacked and packed again is the same bytes', () => {
    const bytes = packDocument(whole);
    const again = unpackDocument(bytes);
    expect(packDocument(again)).toEqual(bytes);
    expect(packedSize(again)).toBe(bytes.length);
    expect(again['addresses']).toBeInstanceOf(Packed);
  });

  test('says the same as one that the driver decoded', () => {
    const packed = toState(unpackDocument(packDocument(whole)));
    const plain = toState(whole);
    expect(packed.phase).toBe(plain.phase);
    expect(Object.entries(packed.content).map(([name, value]) => [name, unpacked(value)])).toEqual(
      Object.entries(plain.content),
    );
  });

  test('that is not ours is refused', () => {
    expect(() => unpackDocument(Buffer.from(BSON.serialize({ _id: 'x' })))).toThrow(TypeError);
    const foreign = { ...whole, when: new BSON.ObjectId() };
    expect(() => unpackDocument(driver(foreign))).toThrow(/type 7/);
  });

  test('changed after it was unpacked is what it would have become without', () => {
    const value = fc.record({ text: arbitraryJson, key: arbitraryKey });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 4 }), (values) => {
        let plain: StoredDocument = whole;
        let packed: StoredDocument = unpackDocument(packDocument(whole));
        for (const { key, text } of values) {
          const changes = [
            preferences.created(preferenceRow(key, text)),
            users.created(userRow({ version: 3 })),
          ];
          plain = folded(plain, ...changes);
          packed = unpackDocument(packDocument(folded(packed, ...changes)));
        }
        expect(packDocument(packed)).toEqual(driver(plain));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the documents saved last', () => {
  const bytes = packDocument(whole);

  test('are given once, to the session that saved them', () => {
    const cache = createDocumentCache(1_000_000);
    const [mine, other] = [cache.of({}), cache.of({})];
    mine.put(whole, bytes);
    expect(other.take(USER)).toBeUndefined();
    mine.put(whole, bytes);
    const taken = mine.take(USER);
    expect(taken && packDocument(taken)).toEqual(bytes);
    expect(mine.take(USER)).toBeUndefined();
    expect(cache.size()).toBe(0);
  });

  test('are no more than the cache may hold: the oldest go', () => {
    const cache = createDocumentCache(3 * (bytes.length + 400));
    const mine = cache.of({});
    for (const id of ['a', 'b', 'c', 'd']) mine.put({ ...whole, _id: id }, bytes);
    expect(['a', 'b', 'c', 'd'].map((id) => mine.take(id) !== undefined)).toEqual([false, true, true, true]);
  });

  test('are not changed by what is written where they came from', () => {
    const mine = createDocumentCache(1_000_000).of({});
    const buffer = Buffer.from(bytes);
    mine.put(whole, buffer);
    buffer.fill(0);
    const taken = mine.take(USER);
    expect(taken && packDocument(taken)).toEqual(bytes);
  });
});
