/** Documents counted by several values together, and added up: what each adds, how it is served, and which definitions fit. */
import { describe, expect, test } from '@jest/globals';
import insights from '../../projections/insights.ts';
import { tallyJson } from '../../services/read-api/tallies/tally-json.ts';
import { list, grouped, spanOf, table, valueOf } from '../../services/shared/projection/definition.ts';
import type { GroupTally } from '../../services/shared/projection/definition.ts';
import { integer, nullable, text, timestamp, uuid } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';

const TALLIES = {
  all: grouped({ sum: ['paid', 'returned'] }),
  byDay: grouped({
    by: { day: spanOf('day', 'madeAt'), currency: valueOf('currency') },
    sum: ['paid'],
    where: { status: ['paid', 'sent'] },
  }),
  byMinute: grouped({ by: { minute: spanOf('minute', 'madeAt') } }),
};

function salesWith(tallies: Readonly<Record<string, GroupTally>>) {
  return defineProjection({
    name: 'sales',
    version: 1,
    stream: 'sales',
    resource: 'sales',
    root: table('sales', {
      key: 'id',
      fields: {
        id: uuid,
        status: text,
        currency: nullable(text),
        paid: integer,
        returned: nullable(integer),
        madeAt: timestamp,
      },
    }),
    embed: {
      lines: list('lines', {
        parent: 'sale_id',
        key: 'id',
        orderBy: ['id'],
        fields: { id: uuid, paid: integer },
      }),
    },
    tallies,
  });
}

const sales = salesWith(TALLIES);
const SALE = {
  status: 'paid',
  currency: 'EUR',
  paid: 1250,
  returned: null,
  madeAt: '2026-11-26T18:30:59.000001Z',
  lines: [],
};

describe('a document', () => {
  test('adds 1 to its groups, and its amounts to their sums; null and 0 add nothing', () => {
    expect(sales.talliesOf?.(SALE)).toEqual(
      [
        { tally: '["all.paid"]', amount: 1250 },
        '["all"]',
        { tally: '["byDay.paid","2026-11-26","EUR"]', amount: 1250 },
        '["byDay","2026-11-26","EUR"]',
        '["byMinute","2026-11-26T18:30"]',
      ].toSorted((a, b) => (textOf(a) < textOf(b) ? -1 : 1)),
    );
  });

  test('is in no group of others', () => {
    expect(sales.talliesOf?.({ ...SALE, status: 'cancelled', paid: 0, returned: 5 }).map(textOf)).toEqual(
      ['["all"]', '["all.returned"]', '["byMinute","2026-11-26T18:30"]'].toSorted(),
    );
  });

  test('whose value is too long to be told is counted with all such', () => {
    const tallies = sales.talliesOf?.({ ...SALE, currency: 'x'.repeat(300) }).map(textOf);
    expect(tallies).toContain('["byDay","2026-11-26",[]]');
    expect(tallies).toContain('["byDay.paid","2026-11-26",[]]');
  });

  function textOf(each: string | { readonly tally: string }): string {
    return typeof each === 'string' ? each : each.tally;
  }
});

describe('served groups', () => {
  const counts = new Map<string, number | string>([
    ['["all"]', 5],
    ['["all.paid"]', '9007199254740993'],
    ['["byDay","2026-11-25","EUR"]', 9],
    ['["byDay","2026-11-26","EUR"]', 1],
    ['["byDay","2026-11-26",null]', 3],
    ['["byDay","2026-11-26",[]]', 2],
    ['["byDay.paid","2026-11-26","EUR"]', -40],
    ['["byDay.paid","2026-11-25","EUR"]', 900],
    ['["byDay.gone","2026-11-25","EUR"]', 1],
    ['["byDay","of another form"]', 7],
  ]);

  test('are named by their keys, the latest first, each with its sums, exact', () => {
    const json = tallyJson(sales.definition, counts, 100);
    expect(json).toContain('"all":{"count":5,"sums":{"paid":9007199254740993,"returned":0}}');
    expect(JSON.parse(json)).toMatchObject({
      byDay: {
        groups: [
          { day: '2026-11-26', currency: null, count: 3, sums: { paid: 0 } },
          { day: '2026-11-26', count: 2, sums: { paid: 0 } },
          { day: '2026-11-26', currency: 'EUR', count: 1, sums: { paid: -40 } },
          { day: '2026-11-25', currency: 'EUR', count: 9, sums: { paid: 900 } },
        ],
        more: 0,
      },
      byMinute: { groups: [], more: 0 },
    });
  });

  test('say how many they leave out, and are there before anything was counted', () => {
    expect(JSON.parse(tallyJson(sales.definition, counts, 1))).toMatchObject({ byDay: { more: 3 } });
    expect(JSON.parse(tallyJson(sales.definition, new Map(), 1))).toEqual({
      all: { count: 0, sums: { paid: 0, returned: 0 } },
      byDay: { groups: [], more: 0 },
      byMinute: { groups: [], more: 0 },
    });
  });
});

describe('a definition', () => {
  test('that groups differently makes other documents', () => {
    expect(shapeOf(sales.definition).documents).toMatchObject({
      'tally all': 'documents with the sums of paid and returned',
      'tally byDay':
        'documents where status is paid or sent by the day of madeAt and currency with the sums of paid',
      'tally byMinute': 'documents by the minute of madeAt',
    });
  });

  test.each([
    [
      'the span of a text',
      grouped({ by: { day: spanOf('day', 'status') } }),
      'is by the day of status, which must be',
    ],
    ['a timestamp', grouped({ by: { at: valueOf('madeAt') } }), 'is by madeAt, which must be a text'],
    ['a field of a list', grouped({ by: { of: valueOf('lines.paid') } }), 'is by lines.paid, which must be'],
    [
      'a key that hides the count',
      grouped({ by: { count: valueOf('status') } }),
      'has a key count, which must be',
    ],
    ['the sum of a text', grouped({ sum: ['status'] }), 'adds up status, which must be an integer'],
    ['a condition on a time', grouped({ where: { madeAt: ['x'] } }), 'is of some madeAt, which must be'],
  ])('is refused that has %s', (_what, tally, message) => {
    expect(() => salesWith({ wrong: tally })).toThrow(`projection sales: the tally wrong ${message}`);
  });

  test('without groups writes what a document counts in as before', () => {
    expect(
      insights.talliesOf?.({
        status: 'active',
        version: 1,
        createdAt: SALE.madeAt,
        addresses: [],
        preferences: {},
      }),
    ).toEqual(['["signUpsByDay","2026-11-26"]', '["usersByStatus","active"]', '["users"]'].toSorted());
  });
});
