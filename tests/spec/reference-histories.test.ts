/** No interleaving of projectors, kills and late saves leaves a stale copy (docs/decisions/0034). READSIDE_REFERENCE_RUNS (500). */
import { expect, test } from '@jest/globals';
import { refillDocuments } from '../../services/projector/refill.ts';
import { UNKNOWN, companionOf, stateOfRow } from '../../services/shared/projection/companion.ts';
import { toState, toStored, withCopies } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import books from '../fixtures/projections/books.ts';
import { byAuthor, byEditor } from '../fixtures/projections/books-in-place.ts';
import { createModelStore } from '../support/histories/model-store.ts';
import { runReferences } from '../support/histories/run-references.ts';
import { createRandom } from '../../services/shared/random.ts';

const RUNS = Number(process.env['READSIDE_REFERENCE_RUNS'] ?? 500);
/** Of which one at least must go wrong where something is lacking. */
const BROKEN_RUNS = 4000;

test.each([
  ['copies', books],
  ['copies made in place', byAuthor],
  ['copies made in place in a list', byEditor],
] as const)(
  'whatever is killed, replaced or late: in the end all %s are what their rows say',
  async (_, projection) => {
    for (let run = 0; run < RUNS; run++) {
      const failure: unknown = await runReferences(createRandom(run), undefined, projection).catch(
        (error: unknown) => error,
      );
      expect([run, failure]).toEqual([run, undefined]);
    }
  },
  120_000,
);

test.each(
  ([books, byAuthor] as const).flatMap((projection) =>
    (['the reach', 'the held commit', 'the look after the save'] as const).map(
      (lacking) => [lacking, projection] as const,
    ),
  ),
)(
  'without %s some copy stays stale',
  async (lacking, projection) => {
    const failed = async (): Promise<boolean> => {
      for (let run = 0; run < BROKEN_RUNS; run++)
        if (
          await runReferences(createRandom(run), lacking, projection).then(
            () => false,
            () => true,
          )
        )
          return true;
      return false;
    };
    expect(await failed()).toBe(true);
  },
  120_000,
);

test('a reach that is late with a value in between does not undo the one that came back to what was there', async () => {
  const model = createModelStore(() => undefined);
  const answerAtOnce = (operation: Parameters<Parameters<typeof model.connect>[0]>[0]): void => {
    for (const act of operation.left.splice(0)) act();
    operation.answer();
  };
  const { store } = model.connect(answerAtOnce);
  const { signal } = new AbortController();
  const id = 'people:p';
  const source = { lsn: 1, txId: 1, committedAt: 0, snapshot: false };
  const found = (key: string): StoredDocument | undefined => model.documents.get(key);
  const name = async (text: string, offset: number): Promise<void> => {
    const before = found(id);
    const state = stateOfRow(
      before ? companionOf(toState(before)) : UNKNOWN,
      { name: text, born: null },
      offset,
    );
    const document = toStored(books, id, state, { 0: offset }, source, new Date(0));
    expect(await store.save([{ document, startedFrom: before?._sync.at ?? null }])).toEqual([]);
  };
  await name('A', 1);
  const content = { title: 't', authorId: 'p', authorName: null, authorBorn: null, version: 1, chapters: [] };
  const empty = toStored(books, 'b', { phase: 'live', content }, { 1: 1 }, source, new Date(0));
  await store.save([{ document: withCopies(books, empty, model.documents), startedFrom: null }]);
  await name('B', 2);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let tries = 0;
  const late = refillDocuments(
    {
      projection: books,
      signal,
      store: {
        ...store,
        async save(saves) {
          tries += 1;
          if (tries === 1) await held;
          return store.save(saves);
        },
      },
    },
    ['b'],
  );
  await name('A', 3);
  // Equal in its values, and yet to be saved: the fence of whoever is late must fail.
  expect(await refillDocuments({ projection: books, store, signal }, ['b'])).toBe(1);
  goOn();
  expect(await late).toBe(0);
  expect(tries).toBe(1);
  expect(found('b')).toMatchObject({ authorName: 'A', _refs: [{ id, rev: 3 }] });
});
