/** What is kept of a document so that the beginnings of words find it, and what a definition of a search may say. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import directory from '../../projections/directory.ts';
import { spanOf } from '../../services/shared/projection/definition.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { askedTerms, foldText, searchKeys, termsOf } from '../../services/shared/projection/search.ts';
import { compareShapes, shapeOf } from '../../services/shared/projection/shape.ts';

const isFound = (q: string, ...texts: readonly string[]): boolean => {
  const terms = termsOf(texts);
  return askedTerms(q).every((asked) => terms.some((term) => term.startsWith(asked)));
};

describe('folding', () => {
  test.each([
    ['Müller', 'muller'],
    ['STRASSE', foldText('Straße')],
    ['STRAẞE', 'strasse'],
    ['Łódź Ærø', 'lodz aero'],
    ['İstanbul', 'istanbul'],
    ['ＦＵＬＬ', 'full'],
    ['Ελλάς', foldText('ΕΛΛΆΣ')],
  ])('%s is %s', (text, folded) => {
    expect(foldText(text)).toBe(foldText(folded));
  });

  test('what is folded stays as it is when folded again', () => {
    const all = Array.from({ length: 0x11_0000 }, (_, code) => String.fromCodePoint(code));
    expect(all.filter((letter) => foldText(foldText(letter)) !== foldText(letter))).toEqual([]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text));
      }),
    );
  });
});

describe('a document is found', () => {
  test.each([
    ['love', true],
    ['ADA LOVE', true],
    ['lovelace ada', true],
    ['ádà', true],
    ['velace', false],
    ['ada babbage', false],
    ['ada.l', true],
    ['l@example', true],
    ['example.org', true],
    ['(ada', true],
    ['xample', false],
  ])('by %s: %s', (q, found) => {
    expect(isFound(q, 'Ada Lovelace', 'Ada.L@Example.org')).toBe(found);
  });

  test('by every beginning of each of its words', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N}]{1,20}$/u), fc.nat(), (word, length) => {
        const letters = Array.from(word);
        const shown = letters.slice(0, 1 + (length % letters.length)).join('');
        fc.pre(askedTerms(shown).length === 1);
        expect(isFound(shown, `x ${word}-y`)).toBe(true);
      }),
    );
  });

  test('a long word by its first 64 letters', () => {
    expect(isFound('a'.repeat(100), 'a'.repeat(80))).toBe(true);
  });
});

test('what is kept of a document', () => {
  const content = {
    email: 'Ada@x.org',
    fullName: 'Ada É',
    displayName: null,
    status: 'active',
    addresses: [{ id: '1', city: 'Orléans', country: 'FR', createdAt: '' }],
    preferences: parseLossless(
      '{"theme":"dark","big":1e400,"n":1.50,"on":true,"none":null,"nested":{"a":1},"list":[1],"a:b":1}',
    ),
  };
  expect(searchKeys(directory.searched, content)).toEqual({
    _words: ['ada', 'e', 'ada@x.org', 'x.org', 'org'],
    _folded: {
      fullName: 'ada e',
      email: 'ada@x.org',
      status: 'active',
      addresses: [{ city: 'orleans', country: 'fr' }],
    },
    _entries: { preferences: ['theme:dark', 'big:1e400', 'n:1.5', 'on:true', 'none:null'] },
  });
});

test('a very long value of an entry is not kept', () => {
  const { _entries } = searchKeys(directory.searched, { preferences: { bio: 'x'.repeat(300), a: 1 } });
  expect(_entries).toEqual({ preferences: ['a:1'] });
});

describe('a definition', () => {
  const { definition } = directory;
  const search = { text: ['fullName'], sorts: { name: 'fullName' } };

  test.each([
    ['text that is a number', { ...search, text: ['version'] }, 'a search names version'],
    ['no order', { ...search, sorts: {} }, 'a search has no order'],
    ['an order that may be null', { ...search, sorts: { x: 'displayName' } }, 'the sort x names displayName'],
    ['an order by no field', { ...search, sorts: { x: 'nope' } }, 'the sort x names nope'],
    ['an order with a bad name', { ...search, sorts: { '-x': 'email' } }, 'the sort -x must be named'],
    ['a facet of no field', { ...search, facets: { x: 'addresses.nope' } }, 'the facet x names'],
  ])('with %s is refused', (_name, given, why) => {
    expect(() => defineProjection({ ...definition, search: given })).toThrow(why);
  });

  test('that looks for words in a list keeps those of each of its elements', () => {
    const { searched } = defineProjection({
      ...definition,
      search: { ...search, text: ['email', 'addresses.city'] },
    });
    const addresses = [{ city: 'Aix-en-Provence' }, { city: 'Orléans' }];
    expect(searchKeys(searched, { email: 'a@x', addresses })).toMatchObject({
      _words: ['a@x', 'x', 'aix-en-provence', 'en-provence', 'provence', 'orleans'],
    });
    expect(() => defineProjection({ ...definition, search: { ...search, text: ['addresses.x'] } })).toThrow(
      'a search names addresses.x, which is no field of text',
    );
  });

  test('that only orders its lists keeps no words, and no index of them', () => {
    const { searched, indexes } = defineProjection({ ...definition, search: { ...search, text: [] } });
    expect(searchKeys(searched, { fullName: 'Ada', email: 'a@x' })).not.toHaveProperty('_words');
    expect(indexes).not.toContainEqual(['_keys._words']);
  });

  test('that filters has what it finds in its usual order, in the same index', () => {
    const { indexes } = defineProjection({
      ...definition,
      filters: { city: 'addresses.city', email: 'email' },
      search: { ...search, text: [], sorts: { created: 'createdAt', name: 'fullName' } },
    });
    expect(indexes).toEqual([
      ['_keys._folded.addresses.city', 'createdAt', '_id'],
      ['_keys._folded.email', 'createdAt', '_id'],
      ['createdAt', '_id'],
      ['_keys._folded.fullName', '_id'],
    ]);
  });

  test('that filters by spans of a time and sorts by it has one index of it', () => {
    const { indexes } = defineProjection({
      ...definition,
      filters: { day: spanOf('day', 'createdAt'), month: spanOf('month', 'createdAt') },
      search: { ...search, sorts: { created: 'createdAt' } },
    });
    expect(indexes).toEqual([['createdAt', '_id'], ['_keys._words']]);
    expect(() => defineProjection({ ...definition, filters: { day: spanOf('day', 'email') } })).toThrow(
      'a filter is by the day of email, which must be a timestamp of the root',
    );
  });

  test('that searches something else has other documents; another facet is only another question', () => {
    const changed = (more: object): readonly string[] =>
      compareShapes(
        shapeOf(definition),
        shapeOf({ ...definition, search: { ...search, ...definition.search, ...more } }),
      ).map(({ what, affects }) => `${affects}: ${what}`);
    expect(changed({ text: ['email'] })).toEqual(['documents: kept words']);
    expect(changed({ facets: { ...definition.search?.facets, status2: 'status' } })).toEqual([
      'queries: facet status2',
    ]);
  });

  test('makes an index a filter, in the usual order, and a sort, and one of the words', () => {
    expect(directory.indexes).toEqual([
      ['_keys._folded.addresses.country', '_keys._folded.fullName', '_id'],
      ['_keys._folded.addresses.city', '_keys._folded.fullName', '_id'],
      ['_keys._folded.status', '_keys._folded.fullName', '_id'],
      ['_keys._entries.preferences', '_keys._folded.fullName', '_id'],
      ['_keys._folded.addresses.country', '_keys._folded.addresses.city', '_id'],
      ['_keys._words'],
      ['_keys._folded.fullName', '_id'],
      ['_keys._folded.email', '_id'],
      ['createdAt', '_id'],
    ]);
  });
});
