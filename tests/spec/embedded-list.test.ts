/** The list of addresses: one element a row, in the order that Postgres would give. */
/* oxlint-disable jest/expect-expect -- `then…` of given-when-then expects */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import profile from '../../projections/profile.ts';
import { text } from '../../services/shared/projection/field-types.ts';
import { specOf } from '../support/given-when-then.ts';
import { addresses, addressRow, USER, userRow, users } from '../support/profile-rows.ts';

const { given } = specOf(profile, USER);
const user = users.created(userRow());
const id = (n: number): string => `aaaaaaaa-0000-7000-8000-${String(n).padStart(12, '0')}`;
const at = (time: string) => ({ created_at: time });

describe('order', () => {
  const early = addressRow(id(3), at('2026-01-01T00:00:00.000001Z'));
  const middle = addressRow(id(2), at('2026-01-01T00:00:00.00001Z'));
  const late = addressRow(id(1), at('2026-01-02T00:00:00Z'));
  const ordered = { addresses: [{ id: id(3) }, { id: id(2) }, { id: id(1) }] };

  test.each([
    [[early, middle, late]],
    [[early, late, middle]],
    [[middle, early, late]],
    [[middle, late, early]],
    [[late, early, middle]],
    [[late, middle, early]],
  ])('is by time, whatever the order of arrival', (rows) => {
    given(user)
      .when(...rows.map((row) => addresses.created(row)))
      .thenHas(ordered);
  });

  test('compares times by their value, not by their text: .5 before .50001, .000010 before .0001', () => {
    given(user)
      .when(
        addresses.created(addressRow(id(1), at('2026-01-01T00:00:00.50001Z'))),
        addresses.created(addressRow(id(2), at('2026-01-01T00:00:00.5Z'))),
        addresses.created(addressRow(id(3), at('2026-01-01T00:00:00Z'))),
        addresses.created(addressRow(id(4), at('2026-01-01T00:00:00.000010Z'))),
        addresses.created(addressRow(id(5), at('2026-01-01T00:00:00.0001Z'))),
      )
      .thenHas({ addresses: [{ id: id(3) }, { id: id(4) }, { id: id(5) }, { id: id(2) }, { id: id(1) }] });
  });

  test('is by id where the time is the same', () => {
    given(user)
      .when(
        addresses.created(addressRow(id(2))),
        addresses.created(addressRow(id(3))),
        addresses.created(addressRow(id(1))),
      )
      .thenHas({ addresses: [{ id: id(1) }, { id: id(2) }, { id: id(3) }] });
  });

  test('changes with the field that it is by', () => {
    given(user, addresses.created(early), addresses.created(middle), addresses.created(late))
      .when(addresses.updated(early, { ...early, ...at('2026-03-01T00:00:00Z') }))
      .thenHas({ addresses: [{ id: id(2) }, { id: id(1) }, { id: id(3) }] });
  });

  test('of text is by code point, as COLLATE "C" has it: astral characters last', () => {
    const words = ['𝒵', '\uffee', 'é', 'z', 'Z', '', 'a\u0301', 'a', '😀', '😁'];
    expect(words.toSorted(text.compare)).toEqual([
      '',
      'Z',
      'a',
      'a\u0301',
      'z',
      'é',
      '\uffee',
      '𝒵',
      '😀',
      '😁',
    ]);
  });

  test('of text is that of its UTF-8 bytes', () => {
    const astral = fc.string({
      unit: fc.constantFrom('a', 'é', '\ud7ff', '\uffff', '😀', '😁', '🚀', '\u{10000}'),
    });
    fc.assert(
      fc.property(fc.oneof(astral, fc.string({ unit: 'binary' })), fc.oneof(astral, fc.string()), (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a, 'utf8'), Buffer.from(b, 'utf8'));
        expect(Math.sign(text.compare(a, b))).toBe(bytes);
        expect(Math.sign(text.compare(b, a))).toBe(0 - bytes);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('elements', () => {
  const home = addressRow(id(1));
  const work = addressRow(id(2), { label: 'work' });

  test('an update replaces the one element, in its place', () => {
    given(user, addresses.created(home), addresses.created(work))
      .when(addresses.updated(home, addressRow(id(1), { city: 'Lyon' })))
      .thenHas({
        addresses: [
          { id: id(1), city: 'Lyon' },
          { id: id(2), city: 'Paris' },
        ],
      });
  });

  test('a delete removes the one element', () => {
    given(user, addresses.created(home), addresses.created(work))
      .when(addresses.deleted(home))
      .thenHas({ addresses: [{ id: id(2), label: 'work' }] });
  });

  test('a delete of an element that is not there changes nothing', () => {
    given(user, addresses.created(home)).when(addresses.deleted(work)).thenUnchanged();
  });

  test('an update with another id takes the old element away', () => {
    given(user, addresses.created(home), addresses.created(work))
      .when(addresses.updated(home, addressRow(id(9))))
      .thenHas({ addresses: [{ id: id(2) }, { id: id(9) }] });
  });

  test('two elements can take each other’s ids through a third', () => {
    const home9 = addressRow(id(9));
    given(user, addresses.created(home), addresses.created(work))
      .when(
        addresses.updated(home, home9),
        addresses.updated(work, { ...work, id: id(1) }),
        addresses.updated(home9, { ...home9, id: id(2) }),
      )
      .thenHas({
        addresses: [
          { id: id(1), label: 'work' },
          { id: id(2), label: 'home' },
        ],
      });
  });

  test.each(['created', 'read'] as const)('a row %s under a known id replaces the element', (op) => {
    given(user, addresses.created(home))
      .when(addresses[op](addressRow(id(1), { city: 'Lyon' })))
      .thenHas({ addresses: [{ id: id(1), city: 'Lyon' }] });
  });

  test('an update of an element that was never seen adds it', () => {
    given(user)
      .when(addresses.updated(home, home))
      .thenHas({ addresses: [{ id: id(1) }] });
  });

  test('an update without the row before it still replaces the element of the same id', () => {
    given(user, addresses.created(home))
      .when(addresses.change('u', null, addressRow(id(1), { city: 'Lyon' })))
      .thenHas({ addresses: [{ id: id(1), city: 'Lyon' }] });
  });
});
