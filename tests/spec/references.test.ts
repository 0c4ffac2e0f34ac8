/** References to rows of other aggregates: what a definition may say, and what is made of it. */
import { describe, expect, test } from '@jest/globals';
import { documentOf } from '../../services/projector/document-of-change.ts';
import { decodeAll } from '../../services/projector/decode.ts';
import type { ChangeEvent, RawRow } from '../../services/shared/projection/change-event.ts';
import { companionOf } from '../../services/shared/projection/companion.ts';
import { byValue, map, reference } from '../../services/shared/projection/definition.ts';
import type { ProjectionDefinition } from '../../services/shared/projection/definition.ts';
import { boolean, copied, from, integer, json, text } from '../../services/shared/projection/field-types.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { shapeOf } from '../../services/shared/projection/shape.ts';
import books from '../fixtures/projections/books.ts';

const { definition, references } = books;
const { root, embed = {} } = definition;
const { chapters } = embed;
if (references === null || chapters?.kind !== 'list') throw new Error('the fixture has lost its references');
const withRoot = (fields: object): Partial<ProjectionDefinition> => ({
  root: { ...root, fields: { ...root.fields, ...fields } },
});

describe('refused, naming what does not fit:', () => {
  const author = reference('people', { key: 'id', by: 'authorId' });
  const { editor } = definition.references ?? {};
  if (!editor) throw new Error('the fixture has lost its references');
  const cases: ReadonlyArray<readonly [string, Partial<ProjectionDefinition>, string]> = [
    [
      'a reference by no field',
      { references: { author: { ...author, by: 'who' }, editor } },
      'is by who, which must be',
    ],
    [
      'one by a field of another type',
      { references: { author: { ...author, by: 'ok' }, editor }, ...withRoot({ ok: boolean }) },
      'is by ok',
    ],
    [
      'one by a field that is copied',
      { references: { author: { ...author, by: 'authorName' }, editor } },
      'of its own rows',
    ],
    [
      'one to the documents’ own rows',
      { references: { author: { ...author, table: 'chapters' }, editor } },
      'to another aggregate',
    ],
    [
      'two to one table by two columns',
      { references: { author, editor: { ...editor, key: 'email' } } },
      'by email',
    ],
    [
      'one that nothing is copied by',
      { references: { author, editor, other: author } },
      'no field is copied by the reference other',
    ],
    [
      'a field copied by no reference',
      withRoot({ nick: copied('toString', text) }),
      'is copied by toString, which is no reference',
    ],
    [
      'a field copied by a reference of another row',
      withRoot({ nick: copied('editor', text) }),
      'both must stand in one row',
    ],
    [
      'one column as two types',
      withRoot({ nick: copied('author', from('name', json)) }),
      'people.name is copied as',
    ],
    ['a history', { history: { of: 'others', keep: 3 } }, 'they do not go together'],
    ['ids that are texts', withRoot({ id: text }), 'must be a uuid or an integer'],
    [
      'a lookup by a copy',
      { lookups: { name: { field: 'authorName' } } },
      'the lookup name may not be by authorName',
    ],
    ['a tally of copies', { tallies: { names: byValue('authorName') } }, 'a tally may not be by authorName'],
    [
      'a revision that is copied',
      { revision: 'n', ...withRoot({ n: copied('author', integer) }) },
      'the revision may not be by n',
    ],
    [
      'a sort by a copy',
      { search: { text: [], sorts: { author: 'authorName' } } },
      'the sort author names authorName',
    ],
    [
      'a list in the order of copies',
      { embed: { chapters: { ...chapters, orderBy: ['editorName'] } } },
      'cannot be ordered by editorName',
    ],
    [
      'a map of copies',
      { embed: { ...embed, notes: map('notes', { parent: 'b', key: 'k', value: copied('author', text) }) } },
      'the values of the map notes',
    ],
  ];
  test.each(cases)('%s', (_what, change, message) => {
    expect(() => defineProjection({ ...definition, ...change })).toThrow(message);
    expect(() => defineProjection({ ...definition, ...change })).toThrow(TypeError);
  });
});

test('the tables that are referred to are captured last, by their own keys, and have views of their own', () => {
  expect(books.captured).toEqual([
    { table: 'books', keyColumn: 'id' },
    { table: 'chapters', keyColumn: 'book_id' },
    { table: 'people', keyColumn: 'id' },
  ]);
  expect(books.indexes).toContainEqual(['_refs.id', '_id']);
  expect(books.sourceView.sql).toContain('CREATE VIEW "readside"."books_reference_people" AS');
  expect(books.sourceView.sql).toContain(
    '(SELECT o."name" FROM public."people" o WHERE o."id" = r."author_id") AS "authorName"',
  );
  expect(books.sourceView.sql).toContain(
    '(SELECT o."name" FROM public."people" o WHERE o."id" = c."editor_id") AS "editorName"',
  );
  expect(shapeOf(definition).documents).toMatchObject({
    authorName: 'nullable text from people.name of author',
    'reference editor': 'a row of people by id, named by chapters.editorId',
  });
  expect(books.responseSchema).toMatchObject({
    properties: { authorName: { type: ['string', 'null'], examples: ['Ada'] } },
  });
});

describe('a companion', () => {
  const change = (op: ChangeEvent['op'], after: RawRow | null): ChangeEvent => ({
    table: 'people',
    op,
    before: null,
    after,
    key: 'p',
    source: { lsn: 1, txId: 1, committedAt: 0, snapshot: false },
  });
  const person = (name: string, mood = 'calm'): RawRow => ({ id: 'p', name, born: null, mood });
  const at = (offset: number) => ({ partition: 0, offset });

  test('holds what is copied of its row, and is another only where that is other', () => {
    const first = books.evolve(null, change('c', person('Ada')), at(5));
    expect(first).toEqual({ phase: 'reference', content: { row: { name: 'Ada', born: null }, rev: 5 } });
    expect(books.evolve(first, change('u', person('Ada', 'cross')), at(9))).toEqual(first);
    expect(companionOf(books.evolve(first, change('u', person('Eva')), at(9)))).toMatchObject({ rev: 9 });
  });

  test('never has the rev again that it had, whatever its row comes back to and at whatever offset', () => {
    const changes = [person('Ada'), null, person('Ada'), null, null, person('Ada')];
    const revs: Array<number | null> = [];
    let state = books.evolve(null, change('c', person('Eva')), at(7));
    for (const row of changes) {
      state = books.evolve(state, change(row ? 'u' : 'd', row), at(7)); // letters are applied at the offset of their mark
      revs.push(companionOf(state).rev);
    }
    expect(revs).toEqual([8, 9, 10, 11, 11, 12]);
    expect(state.phase).toBe('reference');
  });
});

describe('filling', () => {
  const people = (id: string) => ({
    row: id === 'people:b' ? { name: 'Bo', born: null } : null,
    rev: id === 'people:b' ? 3 : null,
  });

  test('copies what the companions say, and tells of each that is named', () => {
    const chapter = (no: number, editorId: string | null) => ({
      no,
      heading: '',
      editorId,
      editorName: 'old',
    });
    const content = {
      title: 't',
      authorId: 'b',
      authorName: 'old',
      authorBorn: 'old',
      version: 1,
      chapters: [chapter(1, 'x'), chapter(2, null), chapter(3, 'b')],
    };
    expect(references.filled(content, people)).toEqual({
      content: {
        ...content,
        authorName: 'Bo',
        authorBorn: null,
        chapters: [
          { ...chapter(1, 'x'), editorName: null },
          { ...chapter(2, null), editorName: null },
          { ...chapter(3, 'b'), editorName: 'Bo' },
        ],
      },
      refs: [
        { id: 'people:b', rev: 3, words: ['bo'] },
        { id: 'people:x', rev: null },
      ],
    });
    expect(content.authorName).toBe('old');
  });

  test('leaves out what a document that waits for its root does not have yet', () => {
    expect(references.filled({ chapters: [] }, people)).toEqual({ content: { chapters: [] }, refs: [] });
    expect(references.filled({}, people)).toEqual({ content: {}, refs: [] });
  });
});

test('a change goes into the document of its table and key, also where nothing else of it can be read', () => {
  const of = (value: unknown, key = 'k'): string | null => {
    const [each] = decodeAll([
      { offset: 1, key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)), timestamp: 0 },
    ]);
    if (!each) throw new Error('nothing was decoded');
    return documentOf(books, each);
  };
  const source = (name: string) => ({ table: name, ts_us: 1 });
  expect(of({ op: 'u', after: {}, source: source('people') })).toBe('people:k');
  expect(of({ op: '?', after: {}, source: source('people') })).toBe('people:k');
  expect(of({ op: 'u', after: {}, source: source('chapters') })).toBe('k');
  expect(of({ op: 'u', after: {}, source: source('elsewhere') })).toBe('k');
  expect(of('?')).toBe('k');
  expect(of({ op: 'u', after: {}, source: source('people') }, '')).toBeNull();
});
