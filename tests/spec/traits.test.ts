/** What a list was asked for by, and what a kept document has of it. */
import { expect, test } from '@jest/globals';
import { createTraits } from '../../services/read-api/cache/traits.ts';
import { list, spanOf, table } from '../../services/shared/projection/definition.ts';
import { integer, nullable, text, timestamp, uuid } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import directory from '../../projections/directory.ts';

const tickets = defineProjection({
  name: 'tickets',
  version: 1,
  stream: 'tickets',
  resource: 'tickets',
  root: table('tickets', {
    key: 'id',
    fields: { id: uuid, owner: nullable(uuid), state: text, size: integer, openedAt: timestamp },
  }),
  embed: {
    notes: list('notes', {
      parent: 'ticket_id',
      key: 'id',
      orderBy: ['id'],
      fields: { id: uuid, author: uuid },
    }),
  },
  filters: {
    size: 'size',
    author: 'notes.author',
    day: spanOf('day', 'openedAt'),
    owner: 'owner',
    state: 'state',
  },
});
const { asked, of } = createTraits(tickets);
const where = (...parameters: readonly string[]) =>
  parameters.map((parameter) => {
    const filter = tickets.filters.find((each) => each.parameter === parameter);
    if (!filter) throw new Error(`there is no filter ${parameter}`);
    return { filter, value: `of ${parameter}` };
  });

test('a document has the values that a list can be asked for by as they are', () => {
  const body = JSON.stringify({ id: 'i', owner: null, state: 'open', size: 3, openedAt: 'then', notes: [] });
  expect(of(body)).toEqual(['owner=null', 'state=open']);
});

test('a list has the first of them, whatever else it is asked for by', () => {
  expect(asked(where('owner', 'state'))).toBe('owner=of owner');
  expect(asked(where('day', 'author', 'state'))).toBe('state=of state');
});

test('what is of elements, of another type, a part of what stands there, or folded, is none', () => {
  expect(asked(where('size', 'author', 'day'))).toBeNull();
  expect(asked([])).toBeNull();
  // Case and accents do not count there, and in the document they do.
  expect(createTraits(directory).of('{}')).toEqual([]);
});
