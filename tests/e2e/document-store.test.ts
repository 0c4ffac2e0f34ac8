/** The fence, on the real server: what is saved, what is not, and that whoever lost is told. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import profile from '../../projections/profile.ts';
import { createDocumentCache } from '../../services/projector/document-cache.ts';
import { UnstorableError, createDocumentStore } from '../../services/projector/document-store.ts';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { packDocument } from '../../services/projector/packed-document.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { bareDocument } from '../support/profile-rows.ts';

const projection = { ...profile, name: 'stored', resource: 'stored' };
const NOW = new Date('2026-11-25T15:00:00Z');
const SOURCE = { lsn: 1, txId: 1, committedAt: 1, snapshot: false };

let pipeline: Pipeline;
let store: DocumentStore;

beforeAll(async () => {
  pipeline = await openPipeline(projection);
  await prepareCollection(pipeline.db, projection, 3600);
  store = createDocumentStore(pipeline.documents);
});
beforeEach(() => pipeline.documents.deleteMany({}));
afterAll(async () => {
  await pipeline.documents.drop();
  await pipeline.close();
});

function document(id: string, offset: number, content: Record<string, unknown> = {}): StoredDocument {
  const { id: _id, ...bare } = bareDocument;
  const state = { phase: 'live' as const, content: { ...bare, email: `${id}@example.com`, ...content } };
  return toStored(projection, id, state, { 3: offset }, SOURCE, NOW);
}

const first = (id: string, offset: number): FencedSave => ({
  document: document(id, offset),
  startedFrom: null,
});
const next = (id: string, from: number, to: number, content = {}): FencedSave => ({
  document: document(id, to, content),
  startedFrom: { 3: from },
});
const offsets = async (): Promise<readonly unknown[]> =>
  (await pipeline.documents.find().sort({ _id: 1 }).toArray()).map(({ _id, _sync }) => [_id, _sync.at[3]]);

test('documents that are new and documents that were there are saved together', async () => {
  expect(await store.save([first('a', 1), first('b', 2)])).toEqual([]);
  expect(await store.save([next('a', 1, 5), first('c', 6), next('b', 2, 7)])).toEqual([]);
  expect(await offsets()).toEqual([
    ['a', 5],
    ['b', 7],
    ['c', 6],
  ]);
});

test('a save that did not start from where the document stands is lost, and the others are not', async () => {
  await store.save([first('a', 1), first('b', 2)]);
  expect(await store.save([next('a', 0, 5), next('b', 2, 5)])).toEqual(['a']);
  expect(await offsets()).toEqual([
    ['a', 1],
    ['b', 5],
  ]);
});

test('so is one that takes a document for new, and one whose document is gone: nothing is made of it', async () => {
  await store.save([first('a', 9)]);
  expect([...(await store.save([first('a', 1), next('gone', 1, 2)]))].toSorted()).toEqual(['a', 'gone']);
  expect(await offsets()).toEqual([['a', 9]]);
});

test('a mark that was taken away meanwhile is missed, though the offsets are the same', async () => {
  const mark = { since: NOW, first: { partition: 3, offset: 4 }, changes: 1, error: 'no' };
  const marked = document('a', 4);
  await store.save([
    { document: { ...marked, _sync: { ...marked._sync, quarantine: mark } }, startedFrom: null },
  ]);
  const save = { ...next('a', 4, 5), startedFromMark: mark };
  await pipeline.documents.updateOne({ _id: 'a' }, { $unset: { '_sync.quarantine': 1 } });
  expect(await store.save([save])).toEqual(['a']);
  expect(await offsets()).toEqual([['a', 4]]);
});

test('any content comes back as it was saved, whatever its keys are', async () => {
  const preferences = {
    'a.b': 1,
    $set: { $inc: 1 },
    $literal: 'x',
    '': [{ '$y.z': null }],
    constructor: [{ a: 1 }],
  };
  await store.save([first('a', 1)]);
  expect(await store.save([next('a', 1, 2, { preferences, bio: '$email' })])).toEqual([]);
  const stored = await pipeline.documents.findOne({ _id: 'a' });
  expect([stored?.['preferences'], stored?.['bio']]).toEqual([preferences, '$email']);
  // And again, from the bytes that were loaded.
  const loaded = (await store.load(['a'])).get('a');
  if (!loaded) throw new Error('it was not loaded');
  const moved = { ...loaded, _sync: { ...loaded._sync, at: { 3: 3 } } };
  expect(await store.save([{ document: moved, startedFrom: { 3: 2 } }])).toEqual([]);
  expect((await pipeline.documents.findOne({ _id: 'a' }))?.['preferences']).toEqual(preferences);
});

test.each([
  ['too large', { bio: 'x'.repeat(17 * 1024 * 1024) }],
  ['of a name that BSON cannot hold', { preferences: { 'a\0': 1 } }],
])('a document %s is told as such', async (_what, content) => {
  await store.save([first('a', 1)]);
  await expect(store.save([next('a', 1, 2, content)])).rejects.toThrow(UnstorableError);
  expect(await offsets()).toEqual([['a', 1]]);
});

test('more than one command can take is saved all the same', async () => {
  const large = { bio: 'x'.repeat(1_000_000) };
  const ids = Array.from({ length: 40 }, (_, i) => `large ${i}`);
  await store.save(ids.map((id) => first(id, 1)));
  expect(await store.save(ids.map((id) => next(id, 1, 2, large)))).toEqual([]);
  expect(new Set((await offsets()).map((each) => (each as readonly unknown[])[1]))).toEqual(new Set([2]));
});

test('a document that was saved is not looked up again, and one that lost is', async () => {
  const cached = createDocumentStore(pipeline.documents, createDocumentCache(1_000_000).of({}));
  await cached.save([first('a', 1), first('b', 1)]);
  await store.save([next('b', 1, 2)]);
  await pipeline.documents.updateOne({ _id: 'a' }, { $set: { bio: 'by another' } });
  const [a, b] = await Promise.all([cached.load(['a']), cached.load(['b'])]);
  expect([a.get('a')?._sync.at, b.get('b')?._sync.at]).toEqual([{ 3: 1 }, { 3: 1 }]);
  expect(await cached.save([next('b', 1, 3)])).toEqual(['b']);
  expect((await cached.load(['b'])).get('b')?._sync.at).toEqual({ 3: 2 });
});

test('what a document may not be larger than leaves room for a mark: the largest can still be put aside', async () => {
  const bare = packDocument(document('a', 1, { bio: '' })).length;
  const bio = 'x'.repeat(16 * 1024 * 1024 - 16 * 1024 - bare);
  const largest = document('a', 1, { bio });
  expect(await store.save([{ document: largest, startedFrom: null }])).toEqual([]);
  const one = document('a', 1, { bio: `${bio}x` });
  await expect(store.save([{ document: one, startedFrom: { 3: 1 } }])).rejects.toThrow(UnstorableError);
  const quarantine = { since: NOW, first: { partition: 3, offset: 2 }, changes: 1, error: 'e'.repeat(300) };
  const marked = { ...largest, _sync: { ...largest._sync, at: { 3: 2 }, quarantine } };
  expect(await store.save([{ document: marked, startedFrom: { 3: 1 } }])).toEqual([]);
  expect(await offsets()).toEqual([['a', 2]]);
}, 60_000);

test('what was loaded is confirmed by a majority without anything being written', async () => {
  await store.save([first('a', 1)]);
  await store.confirm();
  expect(await offsets()).toEqual([['a', 1]]);
});
