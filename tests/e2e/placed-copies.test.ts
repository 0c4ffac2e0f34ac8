/** Copies that are made where the documents stand, on the real server: the same as those of a load and a save, and behind the same fence. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Collection } from 'mongodb';
import { createDocumentStore } from '../../services/projector/document-store.ts';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import { fillSaves } from '../../services/projector/fill-copies.ts';
import { placedCopies } from '../../services/projector/placed-copies.ts';
import type { PlacedCopies } from '../../services/projector/placed-copies.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { reachCopies } from '../../services/projector/reach.ts';
import { UNKNOWN, companionOf, stateOfRow } from '../../services/shared/projection/companion.ts';
import { REFILLS, countedUp, toState, toStored, withCopies } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import books from '../fixtures/projections/books.ts';
import { byAuthor, byEditor } from '../fixtures/projections/books-in-place.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';

const SOURCE = { lsn: 1, txId: 1, committedAt: 1, snapshot: false };
const NOW = new Date('2026-11-25T15:00:00Z');
const LARGE = 'x'.repeat(1_100_000);

test('what is not the same for all is no such copy', () => {
  const person = toStored(books, 'people:p', stateOfRow(UNKNOWN, { name: 'Ada' }, 1), { 0: 1 }, SOURCE, NOW);
  expect(placedCopies(books, person)).toBeNull();
  expect(placedCopies(byAuthor, person)).toMatchObject({ companion: 'people:p', rev: 1, words: ['ada'] });
});

describe.each([
  ['the root', { ...byAuthor, resource: 'placed_by_author' }],
  ['a list', { ...byEditor, resource: 'placed_by_editor' }],
])('a row that %s names', (_, projection) => {
  let pipeline: Pipeline;
  let documents: Collection<StoredDocument>;
  let store: DocumentStore;

  beforeAll(async () => {
    pipeline = await openPipeline(projection);
    ({ documents } = pipeline);
    await prepareCollection(pipeline.db, projection, 3600);
    store = createDocumentStore(documents);
  });
  beforeEach(async () => {
    await documents.deleteMany({});
    await call('p', 'Ada Lovelace', 1);
    await call('q', 'Bo', 1);
    await add('a', {});
    await add('b', {});
    await add('other', { person: 'q' });
  });
  afterAll(async () => {
    await documents.drop();
    await pipeline.close();
  });

  async function call(person: string, name: string | null, offset: number): Promise<StoredDocument> {
    const id = `people:${person}`;
    const before = await documents.findOne({ _id: id });
    const state = stateOfRow(
      before ? companionOf(toState(before)) : UNKNOWN,
      name === null ? null : { name, born: null },
      offset,
    );
    const document = toStored(projection, id, state, { 0: offset }, SOURCE, NOW);
    expect(await store.save([{ document, startedFrom: before?._sync.at ?? null }])).toEqual([]);
    return document;
  }

  async function add(
    id: string,
    { person = 'p', title = 'A title' }: { readonly person?: string; readonly title?: string },
  ): Promise<void> {
    const chapters = [person, null, 'q', person].map((editorId, no) => ({
      no,
      heading: '',
      editorId,
      editorName: null,
    }));
    const content = { title, authorId: person, authorName: null, authorBorn: null, version: 1, chapters };
    const document = toStored(projection, id, { phase: 'live', content }, { 1: 1 }, SOURCE, NOW);
    const saves = await fillSaves(projection, store, [{ document, startedFrom: null }]);
    expect(await store.save(saves)).toEqual([]);
  }

  function copiesOf(companion: StoredDocument): PlacedCopies {
    const copies = placedCopies(projection, companion);
    if (copies === null) throw new Error('they cannot be made in place');
    return copies;
  }

  async function all(): Promise<ReadonlyMap<string, StoredDocument>> {
    const found = await documents.find({}, { projection: { '_sync.appliedAt': 0 } }).toArray();
    return new Map(found.map((each) => [each._id, each]));
  }

  /** As a load and a save would have left it. */
  async function refilled(id: string, before: ReadonlyMap<string, StoredDocument>): Promise<StoredDocument> {
    const document = before.get(id);
    if (!document) throw new Error(`there is no ${id}`);
    const { _sync, ...content } = withCopies(projection, document, await all());
    return { ...content, _sync: { ..._sync, at: countedUp(_sync.at, REFILLS) } };
  }

  test.each(['Zoë Zuckerman', null])('that is called %s now', async (name) => {
    const before = await all();
    const copies = copiesOf(await call('p', name, 2));
    expect(await store.place([[copies, ['a', 'b', 'other']]])).toBe(2);
    const after = await all();
    for (const id of ['a', 'b']) expect(after.get(id)).toEqual(await refilled(id, before));
    expect(after.get('other')).toEqual(before.get('other'));
    // And once more, for whoever was killed before the commit.
    expect(await store.place([[copies, ['a', 'b']]])).toBe(0);
  });

  test('is shown no more by who is late with it', async () => {
    const late = copiesOf(await call('p', 'Between', 2));
    const latest = copiesOf(await call('p', 'Last', 3));
    expect(await store.place([[latest, ['a', 'b']]])).toBe(2);
    expect(await store.place([[late, ['a', 'b']]])).toBe(0);
    expect(JSON.stringify([...(await all()).values()])).not.toContain('Between');
  });

  test('fences out whoever has loaded a document before', async () => {
    const loaded = (await store.load(['a'])).get('a');
    if (!loaded) throw new Error('there is no a');
    expect(await store.place([[copiesOf(await call('p', 'Zoë', 2)), ['a']]])).toBe(1);
    const document = { ...loaded, _sync: { ...loaded._sync, at: { 1: 2 } } };
    expect(await store.save([{ document, startedFrom: loaded._sync.at }])).toEqual(['a']);
  });

  test('leaves what a newer definition wrote, and what is large, to be looked at by itself', async () => {
    await add('large', { title: LARGE });
    await documents.updateOne({ _id: 'b' }, { $set: { '_sync.projection': projection.version + 1 } });
    const before = await all();
    const companion = await call('p', 'Zoë', 2);
    expect(await store.place([[copiesOf(companion), ['a', 'b', 'large']]])).toBe(1);
    const refilledNow: number[] = [];
    const { signal } = new AbortController();
    const options = { projection, store, signal, refilled: (count: number) => void refilledNow.push(count) };
    await reachCopies(options, [companion._id]);
    expect(refilledNow).toEqual([1]);
    const after = await all();
    expect(after.get('large')).toEqual(await refilled('large', before));
    expect(after.get('b')).toEqual(before.get('b'));
  });
});
