/** What a document counts in, and that counts kept with each save are those of the documents, whatever is delivered and how often. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import insights from '../../projections/insights.ts';
import { countChanges, talliesIn } from '../../services/projector/count-changes.ts';
import type { PositionedChange } from '../../services/projector/group-by-document.ts';
import { tallyJson } from '../../services/read-api/tallies/tally-json.ts';
import { LosslessNumber, parseLossless } from '../../services/shared/lossless-json.ts';
import { canonicalJson } from '../../services/shared/projection/canonical-json.ts';
import type { ChangeEvent, RawRow } from '../../services/shared/projection/change-event.ts';
import { byDay, byEntry, byValue } from '../../services/shared/projection/definition.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';
import { arbitraryHistory, USERS } from '../support/arbitrary-history.ts';
import type { History } from '../support/arbitrary-history.ts';
import {
  USER,
  addressRow,
  addresses,
  preferenceRow,
  preferences,
  userRow,
  users,
} from '../support/profile-rows.ts';
import { createPureProjector } from '../support/pure-projector.ts';
import type { PureProjector } from '../support/pure-projector.ts';

function talliesAfter(...changes: readonly ChangeEvent[]): readonly string[] {
  const projector = createPureProjector(insights);
  projector.deliverDecoded(
    0,
    changes.map((change, offset) => ({ offset, change })),
  );
  return talliesIn(projector.stored(USER)?._tallies).map(({ tally }) => tally);
}

const user = users.created(userRow());
const BARE = ['["signUpsByDay","2026-11-23"]', '["users"]', '["usersByStatus","active"]'];

describe('a document', () => {
  test('counts by its fields, once for each of its values, whatever it has twice', () => {
    const tallies = talliesAfter(
      user,
      addresses.created(addressRow('a')),
      addresses.created(addressRow('b')),
      addresses.created(addressRow('c', { country: 'PT' })),
      preferences.created(preferenceRow('theme', '"dark"')),
      preferences.created(preferenceRow('a.b', '{"z":1.50,"a":[12345678901234567890,null]}')),
    );
    expect(tallies).toEqual([
      '["preferences","a.b",{"a":[12345678901234567890,null],"z":1.5}]',
      '["preferences","theme","dark"]',
      ...BARE.slice(0, 2),
      '["usersByCountry","FR"]',
      '["usersByCountry","PT"]',
      ...BARE.slice(2),
    ]);
  });

  test('counts no more in what it was', () => {
    const gone = addressRow('a');
    const dark = preferenceRow('theme', '"dark"');
    expect(
      talliesAfter(
        user,
        addresses.created(gone),
        preferences.created(dark),
        addresses.deleted(gone),
        preferences.updated(dark, preferenceRow('colour', '"red"')),
        users.updated(userRow(), userRow({ status: 'blocked' })),
      ),
    ).toEqual(['["preferences","colour","red"]', ...BARE.slice(0, 2), '["usersByStatus","blocked"]']);
  });

  test('counts nowhere before its row, and after it', () => {
    expect(talliesAfter(addresses.created(addressRow('a')))).toEqual([]);
    expect(talliesAfter(user, users.deleted(userRow()))).toEqual([]);
  });

  test('counts with all others where its value is too long to be told', () => {
    const long = preferenceRow('notes', JSON.stringify('x'.repeat(300)));
    expect(talliesAfter(user, preferences.created(long))).toEqual(['["preferences","notes"]', ...BARE]);
  });
});

describe('one text for a JSON value', () => {
  test('whatever the order of its fields', () => {
    expect(canonicalJson(parseLossless('{"b":[{"d":1,"c":"\\u00e9"}],"a":null}'))).toBe(
      '{"a":null,"b":[{"c":"é","d":1}]}',
    );
  });

  test.each([
    ['1.0', '1'],
    ['-0.0', '0'],
    ['1.50', '1.5'],
    ['1000', '1000'],
    ['0.000001', '0.000001'],
    ['0.0000001', '1e-7'],
    ['1E+400', '1e+400'],
    [`1${'0'.repeat(400)}`, '1e+400'],
    ['12345678901234567890.10', '12345678901234567890.1'],
    ['-1234567890123456789012345', '-1.234567890123456789012345e+24'],
  ])('whatever the spelling of the number %s', (numeral, text) => {
    expect(canonicalJson(new LosslessNumber(numeral))).toBe(text);
    expect(canonicalJson(parseLossless(numeral))).toBe(text);
  });

  test('and JavaScript’s own, where it holds the number', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(canonicalJson(number)).toBe(JSON.stringify(number));
      }),
    );
  });
});

describe('counts', () => {
  const COUNTRIES = ['FR', 'PT', 'DE', 'IT'];
  const statusOf = (version: unknown): string => (Number(version) % 2 === 0 ? 'active' : 'blocked');
  const dayOf = (version: unknown): string => `2026-11-0${1 + (Number(version) % 3)}`;
  const countryOf = (createdAt: unknown): string => COUNTRIES[Number(String(createdAt).at(18))] ?? '';

  /** The same history with values that differ. */
  function varied({ changes }: History): readonly ChangeEvent[] {
    const vary = (table: string, row: RawRow | null): RawRow | null => {
      if (row === null || table === 'preferences') return row;
      if (table === 'addresses') return { ...row, country: countryOf(row['created_at']) };
      const version = row['version'];
      return { ...row, status: statusOf(version), created_at: `${dayOf(version)}T23:59:59.999999Z` };
    };
    return changes.map((each) => ({
      ...each,
      before: vary(each.table, each.before),
      after: vary(each.table, each.after),
    }));
  }

  /** By hand, from what the history says the documents are. */
  function expected({ documents }: History): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    const add = (...tally: readonly unknown[]): void => {
      const text = `[${tally.map(canonicalJson).join(',')}]`;
      counts.set(text, (counts.get(text) ?? 0) + 1);
    };
    for (const document of documents.values()) {
      const told = document as {
        readonly version: number;
        readonly addresses: ReadonlyArray<{ readonly createdAt: string }>;
        readonly preferences: Readonly<Record<string, unknown>>;
      };
      add('users');
      add('usersByStatus', statusOf(told.version));
      add('signUpsByDay', dayOf(told.version));
      for (const country of new Set(told.addresses.map(({ createdAt }) => countryOf(createdAt))))
        add('usersByCountry', country);
      for (const [key, value] of Object.entries(told.preferences)) add('preferences', key, value);
    }
    return counts;
  }

  /** Each delivery as a save would count it: what all documents say after it, less what they said before. */
  function createCounter(projector: PureProjector) {
    const parts = new Map<string, number>();
    return {
      deliver(partition: number, changes: readonly PositionedChange[]): void {
        const before = new Map(USERS.map((id) => [id, talliesIn(projector.stored(id)?._tallies)]));
        projector.deliverDecoded(partition, changes);
        const touched = USERS.flatMap((id) => projector.stored(id) ?? []);
        for (const { _id, more } of countChanges(touched, before)) {
          const part = `${_id.part} ${_id.tally}`;
          parts.set(part, (parts.get(part) ?? 0) + Number(more));
        }
      },
      sums(): ReadonlyMap<string, number> {
        const sums = new Map<string, number>();
        for (const [part, count] of parts) {
          const tally = part.slice(part.indexOf(' ') + 1);
          sums.set(tally, (sums.get(tally) ?? 0) + count);
        }
        return new Map([...sums].filter(([, count]) => count !== 0));
      },
      /** Counts below zero in a part would say that something was taken away twice. */
      lowest: () => Math.min(0, ...parts.values()),
    };
  }

  const deliveries = fc.array(
    fc.record({
      partition: fc.nat(USERS.length - 1),
      back: fc.nat(8),
      take: fc.integer({ min: 1, max: 8 }),
    }),
    { maxLength: 40 },
  );

  test('kept with each save are those of the rows, however changes are cut and delivered again', () => {
    fc.assert(
      fc.property(arbitraryHistory, deliveries, (history, schedule) => {
        const positioned = varied(history).map((change, i) => ({ offset: i * 2, change }));
        const partitions = USERS.map((id) => positioned.filter(({ change }) => change.key === id));
        const delivered = partitions.map(() => 0);
        const counter = createCounter(createPureProjector(insights));
        for (const { partition, back, take } of schedule) {
          const from = Math.max(0, (delivered[partition] ?? 0) - back);
          const all = partitions[partition] ?? [];
          counter.deliver(partition, all.slice(from, from + take));
          delivered[partition] = Math.max(delivered[partition] ?? 0, Math.min(from + take, all.length));
        }
        for (const [partition, all] of partitions.entries())
          counter.deliver(partition, all.slice(delivered[partition]));
        expect(counter.sums()).toEqual(expected(history));
        expect(counter.lowest()).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('served counts', () => {
  const counts = new Map([
    ['["users"]', 4],
    ['["usersByStatus","active"]', 3],
    ['["usersByStatus","blocked"]', 1],
    ['["usersByCountry","FR"]', 2],
    ['["usersByCountry","PT"]', 2],
    ['["signUpsByDay","2026-11-23"]', 3],
    ['["signUpsByDay","2026-11-24"]', 1],
    ['["preferences","theme","dark"]', 2],
    ['["preferences","theme",null]', 1],
    ['["preferences","__proto__",12345678901234567890]', 1],
    ['["preferences","notes"]', 1],
    ['["gone","since an earlier version"]', 9],
  ]);

  test('name values as they are, the most frequent first, of days the latest, each with its share', () => {
    expect(tallyJson(insights.definition, counts, 100)).toBe(
      JSON.stringify({
        users: 4,
        usersByStatus: {
          values: [
            { value: 'active', count: 3, share: 0.75 },
            { value: 'blocked', count: 1, share: 0.25 },
          ],
          more: 0,
        },
        usersByCountry: {
          values: [
            { value: 'FR', count: 2 },
            { value: 'PT', count: 2 },
          ],
          more: 0,
        },
        signUpsByDay: {
          values: [
            { value: '2026-11-24', count: 1, share: 0.25 },
            { value: '2026-11-23', count: 3, share: 0.75 },
          ],
          more: 0,
        },
        preferences: {
          keys: [
            {
              key: 'theme',
              count: 3,
              values: [
                { value: 'dark', count: 2, share: 0.6667 },
                { value: null, count: 1, share: 0.3333 },
              ],
              more: 0,
            },
            { key: '__proto__', count: 1, values: [{ value: 'big', count: 1, share: 1 }], more: 0 },
            { key: 'notes', count: 1, values: [{ count: 1, share: 1 }], more: 0 },
          ],
          more: 0,
        },
      }).replace('"big"', '12345678901234567890'),
    );
  });

  test('say how many they leave out, and count those too', () => {
    expect(JSON.parse(tallyJson(insights.definition, counts, 1))).toMatchObject({
      usersByStatus: { values: [{ value: 'active', count: 3, share: 0.75 }], more: 1 },
      preferences: { keys: [{ key: 'theme', count: 3, more: 1 }], more: 2 },
    });
  });

  test('are there before anything was counted', () => {
    const nothing = { values: [], more: 0 };
    expect(JSON.parse(tallyJson(insights.definition, new Map(), 1))).toEqual({
      users: 0,
      usersByStatus: nothing,
      usersByCountry: nothing,
      signUpsByDay: nothing,
      preferences: { keys: [], more: 0 },
    });
  });
});

describe('a definition', () => {
  const { definition } = insights;

  test('that counts differently makes other documents: they say what they count in', () => {
    const tallies = Object.entries(shapeOf(definition).documents).filter(([name]) =>
      name.startsWith('tally '),
    );
    expect(Object.fromEntries(tallies)).toEqual({
      'tally users': 'all documents',
      'tally usersByStatus': 'documents by status',
      'tally usersByCountry': 'documents by addresses.country',
      'tally signUpsByDay': 'documents by the day of createdAt',
      'tally preferences': 'documents by each entry of preferences',
    });
  });

  test.each([
    ['no field', byValue('city'), 'counts by city, which must be'],
    ['no field of a list', byValue('addresses.city'), 'counts by addresses.city, which must be'],
    ['a list', byValue('addresses'), 'counts by addresses, which must be'],
    ['a timestamp', byValue('createdAt'), 'counts by createdAt, which must be a text'],
    ['the day of a text', byDay('status'), 'counts by the day of status, which must be a timestamp'],
    ['the entries of a list', byEntry('addresses'), 'counts the entries of addresses, which must be'],
  ])('is refused that counts by %s', (_name, tally, message) => {
    const act = () => defineProjection({ ...definition, tallies: { wrong: tally } });
    expect(act).toThrow(TypeError);
    expect(act).toThrow(`projection insights: the tally wrong ${message}`);
  });

  test('is refused whose tally has no plain name', () => {
    expect(() => defineProjection({ ...definition, tallies: { 'by.day': byDay('createdAt') } })).toThrow(
      'the tally by.day must have a name of letters and digits',
    );
  });
});
