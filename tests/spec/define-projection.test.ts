/** What one definition gives, and what is refused before a service starts with it. */
import { describe, expect, test } from '@jest/globals';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import profile from '../../projections/profile.ts';
import { list, map, table } from '../../services/shared/projection/definition.ts';
import type { ProjectionDefinition } from '../../services/shared/projection/definition.ts';
import {
  boolean,
  decimal,
  integer,
  json,
  nullable,
  text,
  timestamp,
} from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import teams from '../fixtures/projections/teams.ts';
import { readRecording } from '../support/recorded.ts';

const root = table('orders', { key: 'id', fields: { id: text, total: integer, note: nullable(text) } });
const lines = list('order_lines', {
  parent: 'order_id',
  key: 'no',
  orderBy: ['no'],
  fields: { no: integer, sku: text, extra: json, price: decimal, when: nullable(timestamp) },
});
const good: ProjectionDefinition = {
  name: 'order',
  version: 1,
  stream: 'order',
  resource: 'orders',
  revision: 'total',
  root,
  embed: { lines },
  lookups: { note: { field: 'note' } },
  filters: { sku: 'lines.sku', total: 'total' },
};
const withList = (change: Partial<typeof lines>): Partial<ProjectionDefinition> => ({
  embed: { lines: { ...lines, ...change } },
});

describe('a good definition', () => {
  test('is taken', () => {
    expect(defineProjection(good)).toMatchObject({ topic: 'order.changes', group: 'readside.order.v1' });
  });

  test('needs no embedded tables, lookups, filters or revision', () => {
    const { name, version, stream, resource } = good;
    expect(defineProjection({ name, version, stream, resource, root })).toMatchObject({
      captured: [{ table: 'orders', keyColumn: 'id' }],
      lookups: [],
      filters: [],
      indexes: [],
    });
  });
});

describe('refused, naming the projection and what does not fit:', () => {
  const cases: ReadonlyArray<readonly [string, Partial<ProjectionDefinition>, string]> = [
    [
      'a partitioning by what may be null',
      { partitioned: { by: 'note', into: 2 } },
      'it is partitioned by note, which must be a text or uuid field that is not nullable',
    ],
    [
      'a partitioning by the key',
      { partitioned: { by: 'id', into: 2 } },
      'it is partitioned by its key id, as it is without saying so',
    ],
    ['a name with a dash', { name: 'my-order' }, 'its name must be'],
    ['a name with a capital', { name: 'Order' }, 'its name must be'],
    ['an empty name', { name: '' }, 'its name must be'],
    ['a key that is no field', { root: { ...root, key: 'uid' } }, 'the key uid must be'],
    [
      'a key of another type',
      { root: table('orders', { key: 'id', fields: { id: boolean, total: integer, note: text } }) },
      'the key id must be a text, uuid or integer field',
    ],
    [
      'a nullable key',
      { root: table('orders', { key: 'id', fields: { id: nullable(text), total: integer, note: text } }) },
      'the key id must not be nullable',
    ],
    ...['_sync', '$set', 'a.b'].map(
      (name) =>
        [
          `a root field named ${name}`,
          { root: { ...root, fields: { ...root.fields, [name]: text } } },
          `the field ${name} may not`,
        ] as const,
    ),
    ['an embedded table named _keys', { embed: { _keys: lines } }, 'the field _keys may not'],
    ...['_bsontype', '$ref', 'a.b'].map(
      (name) =>
        [
          `a list’s field named ${name}`,
          withList({ fields: { ...lines.fields, [name]: text } }),
          `the field ${name} may not`,
        ] as const,
    ),
    ['a field and a list of one name', { embed: { total: lines } }, 'the same name'],
    ['the root’s table as a list', withList({ table: 'orders' }), 'a table is used twice'],
    [
      'one table embedded twice',
      { embed: { lines, more: map('order_lines', { parent: 'p', key: 'k', value: text }) } },
      'a table is used twice',
    ],
    ['a revision that is no field', { revision: 'rev' }, 'the revision rev must be an integer field'],
    ['a revision that is text', { revision: 'note' }, 'the revision note must be an integer field'],
    ['a lookup by no field', { lookups: { x: { field: 'x' } } }, 'a lookup names x, which is no root field'],
    ['a lookup by a list', { lookups: { x: { field: 'lines' } } }, 'a lookup names lines'],
    ['a filter by no field', { filters: { x: 'x' } }, 'a filter names x, which is no field'],
    ['a filter by no list', { filters: { x: 'rows.sku' } }, 'a filter names rows.sku'],
    ['a filter by no field of a list', { filters: { x: 'lines.x' } }, 'a filter names lines.x'],
    ['a filter by a field in a field', { filters: { x: 'note.x' } }, 'a filter names note.x'],
    ['a list without its key', withList({ key: 'id' }), 'the list of order_lines has no field id'],
    ['a list’s key of another type', withList({ key: 'extra' }), 'the key extra of order_lines must be'],
    ['a list’s key that may be null', withList({ key: 'when' }), 'the key when of order_lines must be'],
    ['a list ordered by nothing', withList({ orderBy: [] }), 'the list of order_lines has no order'],
    ['a list ordered by no field', withList({ orderBy: ['x'] }), 'order_lines cannot be ordered by x'],
    ['a list ordered by json', withList({ orderBy: ['extra', 'no'] }), 'cannot be ordered by extra'],
    ['a list ordered by a decimal', withList({ orderBy: ['price', 'no'] }), 'cannot be ordered by price'],
    [
      'a list ordered by what may be null',
      withList({ orderBy: ['when', 'no'] }),
      'cannot be ordered by when',
    ],
  ];

  test.each(cases)('%s', (_name, change, message) => {
    const act = () => defineProjection({ ...good, ...change });
    expect(act).toThrow(TypeError);
    expect(act).toThrow(message);
  });
});

describe('what follows from the profile', () => {
  test('its tables, by the column that names the user', () => {
    expect(profile.captured).toEqual([
      { table: 'users', keyColumn: 'id' },
      { table: 'addresses', keyColumn: 'user_id' },
      { table: 'preferences', keyColumn: 'user_id' },
    ]);
  });

  test('its indexes: one a lookup, one a filter, and one for a list’s filters together', () => {
    expect(profile.indexes).toEqual([
      ['_keys.email'],
      ['addresses.country', '_id'],
      ['addresses.city', '_id'],
      ['addresses.country', 'addresses.city', '_id'],
    ]);
  });

  test('its lookups and filters, resolved', () => {
    expect(profile.lookups).toEqual([{ parameter: 'email', field: 'email', foldedKey: 'email' }]);
    expect(profile.filters).toMatchObject([
      { parameter: 'country', list: 'addresses', field: 'country' },
      { parameter: 'city', list: 'addresses', field: 'city' },
    ]);
  });
});

describe('the response schema', () => {
  const ajv = addFormats.default(new Ajv.Ajv({ strict: true, allErrors: true, allowUnionTypes: true }));

  test.each([
    [profile, 'address-rows'],
    [profile, 'null-columns'],
    [profile, 'json-values'],
    [profile, 'timestamps'],
    [teams, 'teams'],
  ] as const)('of $name holds for the documents of %s', (projection, scenario) => {
    const validate = ajv.getSchema(projection.name) ?? ajv.compile(projection.responseSchema);
    for (const document of Object.values(readRecording(scenario).documents)) {
      expect(validate(JSON.parse(document))).toBe(true);
      expect(validate.errors ?? []).toEqual([]);
    }
  });

  test('allows no field that is not declared, and misses none', () => {
    const validate = ajv.getSchema(profile.name) ?? ajv.compile(profile.responseSchema);
    const [recorded = ''] = Object.values(readRecording('address-rows').documents);
    const document = JSON.parse(recorded) as Record<string, unknown>;
    expect(validate({ ...document, more: 1 })).toBe(false);
    const { email: _email, ...rest } = document;
    expect(validate(rest)).toBe(false);
    expect(validate({ ...document, email: null })).toBe(false);
  });
});
