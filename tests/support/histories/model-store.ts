/**
 * The collection as a Map, by the store's fencing rules alone (services/projector/document-store.ts): replaceOne with the
 * filter `_id`, the whole of `_sync.at` and the mark, upsert, and a duplicate key is a conflict; and the dead letters as a Set.
 * Every operation waits for the schedule, which does it one document or letter at a time: between any two another projector may come.
 */
import type { DeadLetters, NewLetter } from '../../../services/projector/dead-letters.ts';
import type { DocumentStore, Referrer } from '../../../services/projector/document-store.ts';
import type { FencedSave } from '../../../services/projector/fold-document.ts';
import type { PlacedCopies } from '../../../services/projector/placed-copies.ts';
import type { Ref } from '../../../services/shared/projection/references.ts';
import { REFILLS, countedUp, refsOf } from '../../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../../services/shared/stored-document.ts';
import { deepFreeze } from '../deep-freeze.ts';
import { throughBson } from '../pure-projector.ts';

/** What a broken projector would lack: the property must turn red without any of them. */
export type Missing =
  'the fence' | 'the positions' | 'the tombstones' | 'the order' | 'the letters' | 'write before commit';

/** One call to the server, under way. */
export interface Operation {
  readonly kind: 'load' | 'letters' | 'save';
  /** What it has still to do, a document each. */
  readonly left: Array<() => void>;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

export interface ModelStore {
  readonly documents: ReadonlyMap<string, StoredDocument>;
  /** Offsets of the changes that the dead letters hold. */
  readonly letters: ReadonlySet<number>;
  /** One projector's way to the servers; `begun` is told of each call. */
  connect(begun: (operation: Operation) => void): {
    readonly store: DocumentStore;
    readonly deadLetters: DeadLetters;
  };
}

/** `written` is told of each document that took the place of another, as any reader could see it. */
export function createModelStore(
  written: (before: StoredDocument | undefined, after: StoredDocument) => void,
  missing?: Missing,
): ModelStore {
  const documents = new Map<string, StoredDocument>();
  const letters = new Set<number>();
  const find = (id: string): StoredDocument | undefined => {
    const document = documents.get(id);
    return missing === 'the tombstones' && document?._sync.phase === 'deleted' ? undefined : document;
  };

  /** False: the document stands elsewhere, the upsert inserts, and the id is there already. */
  function replace({ document, startedFrom, startedFromMark }: FencedSave): boolean {
    const there = find(document._id);
    // BSON compares subdocuments byte by byte: the order of the fields counts.
    const stands = JSON.stringify(there?._sync.at ?? null) === JSON.stringify(startedFrom);
    const mark = there?._sync.quarantine;
    const matches =
      stands &&
      (!startedFromMark ||
        (mark?.first.offset === startedFromMark.first.offset && mark.changes === startedFromMark.changes));
    if (!matches && missing !== 'the fence') return false;
    const after = deepFreeze(throughBson(document));
    const before = documents.get(document._id);
    documents.set(document._id, after);
    written(before, after);
    return true;
  }

  return {
    documents,
    letters,
    connect(begun) {
      const look: DocumentStore['load'] = (ids) => {
        const found = new Map<string, StoredDocument>();
        const visit = (id: string): void => {
          const document = find(id);
          if (document) found.set(id, document);
        };
        return operation(begun, 'load', ids, visit, found);
      };
      const store: DocumentStore = {
        load: look,
        look,
        // One after the other, of those that are there when it begins: whatever comes meanwhile is passed over.
        async *referrers(companions, size) {
          const found: Referrer[] = [];
          const visit = (id: string): void => {
            const document = documents.get(id);
            const seen = document ? refsOf(document).filter((each) => companions.includes(each.id)) : [];
            if (seen.length > 0) found.push({ id, companions: seen.map((each) => each.id) });
          };
          await operation(begun, 'load', [...documents.keys()], visit, undefined);
          for (let at = 0; at < found.length; at += size) yield found.slice(at, at + size);
        },
        async place(copies) {
          const placed: string[] = [];
          const act = ([each, id]: readonly [PlacedCopies, string]): void => {
            const before = documents.get(id);
            const after = before && withPlaced(before, each);
            if (!after) return;
            placed.push(id);
            documents.set(id, deepFreeze(throughBson(after)));
            written(before, after);
          };
          const units = copies.flatMap(([each, ids]) => ids.map((id) => [each, id] as const));
          await operation(begun, 'save', units, act, undefined);
          return placed.length;
        },
        save(saves) {
          const conflicts: string[] = [];
          const write = (save: FencedSave): void => {
            if (!replace(save)) conflicts.push(save.document._id);
          };
          return operation(begun, 'save', saves, write, conflicts);
        },
        // What is written there is safe.
        confirm: () => Promise.resolve(),
      };
      const keep = ({ raw }: NewLetter): void => {
        if (missing !== 'the letters') letters.add(raw.offset);
      };
      return {
        store: missing === 'the positions' ? forgetful(store) : store,
        deadLetters: { write: (fresh) => operation(begun, 'letters', fresh, keep, undefined) },
      };
    },
  };
}

/** undefined: it has seen that row, or a later one. Nobody looks at what is kept folded. */
function withPlaced(document: StoredDocument, copies: PlacedCopies): StoredDocument | undefined {
  const { companion, rev, list, by, key, values, words } = copies;
  const isOlder = (seen: Ref): boolean => seen.id === companion && !(seen.rev !== null && seen.rev >= rev);
  const refs = refsOf(document);
  if (!refs.some(isOlder)) return undefined;
  const { trace: _trace, ...sync } = document._sync;
  const elements = list === null ? [] : ((document[list] ?? []) as ReadonlyArray<Record<string, unknown>>);
  return {
    ...document,
    ...(list === null
      ? values
      : { [list]: elements.map((each) => (each[by] === key ? { ...each, ...values } : each)) }),
    _refs: refs.map((seen) => (isOlder(seen) ? { ...seen, rev, ...(words && { words }) } : seen)),
    _sync: { ...sync, at: countedUp(sync.at, REFILLS) },
  };
}

function operation<Unit, Answer>(
  begun: (operation: Operation) => void,
  kind: Operation['kind'],
  units: readonly Unit[],
  act: (unit: Unit) => void,
  answer: Answer,
): Promise<Answer> {
  return new Promise((resolve, fail) => {
    const left = units.map((unit) => () => act(unit));
    begun({ kind, left, answer: () => resolve(answer), fail });
  });
}

/** Hides from the fold what was applied before, and yet saves by the right fence. */
function forgetful(store: DocumentStore): DocumentStore {
  const loaded = new Map<string, StoredDocument>();
  return {
    ...store,
    async load(ids) {
      const found = await store.load(ids);
      for (const [id, document] of found) loaded.set(id, document);
      return new Map(
        [...found].map(([id, document]) => [id, { ...document, _sync: { ...document._sync, at: {} } }]),
      );
    },
    save: (saves) =>
      store.save(
        saves.map((each) => ({
          ...each,
          startedFrom: each.startedFrom && (loaded.get(each.document._id)?._sync.at ?? null),
        })),
      ),
  };
}
