/**
 * People who are renamed and books that copy their names, through projectors that are stopped at each of their calls to the server, in an order
 * by chance: killed, succeeded by others while they go on, with saves that come late. In the end, when nothing is left to do, every book must show what
 * the people are called. Throws where one does not.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Registry } from 'prom-client';
import { applyBatch } from '../../../services/projector/apply-batch.ts';
import type { RawChange } from '../../../services/projector/change-feed.ts';
import { decodeAll } from '../../../services/projector/decode.ts';
import type { DocumentStore } from '../../../services/projector/document-store.ts';
import { createProjectorMetrics } from '../../../services/projector/metrics.ts';
import { reachCopies } from '../../../services/projector/reach.ts';
import { createReachQueue } from '../../../services/projector/reach-queue.ts';
import { parseLossless } from '../../../services/shared/lossless-json.ts';
import { toServedJson } from '../../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../../services/shared/stored-document.ts';
import books from '../../fixtures/projections/books.ts';
import type { Projection } from '../../../services/shared/projection/projection.ts';
import type { Random } from '../../../services/shared/random.ts';
import { differences } from '../same-json.ts';
import { createModelStore } from './model-store.ts';
import type { Operation } from './model-store.ts';

/** What a broken projector would lack. */
export type Lacking = 'the reach' | 'the held commit' | 'the look after the save';

const PEOPLE = ['p0', 'p1'] as const;
const BOOKS = ['b0', 'b1'] as const;
const NAMES = ['A', 'B'] as const;
/** Of the people, and of the books. */
const PARTITIONS = 2;
const CHANGES = 3;
const STEPS = 150;
/** Calls of one process, at most, while the others stand still: what is rare needs one that is slow. */
const LONGEST_BURST = 12;
const DEADLINE_MS = 10_000;

interface Process {
  readonly partition: number;
  readonly stop: AbortController;
  isDead: boolean;
  run: Promise<void>;
}

interface Call {
  readonly process: Process;
  readonly operation: Operation;
}

/** As it is to be served. */
interface Book {
  readonly chapters: readonly object[];
}

const metrics = createProjectorMetrics(new Registry());
const never = (): Promise<never> => Promise.reject(new Error('a change was put aside'));

export async function runReferences(
  random: Random,
  lacking?: Lacking,
  projection: Projection = books,
): Promise<void> {
  const model = createModelStore(() => undefined);
  const { logs, expected } = historyOf(random);
  const committed = logs.map(() => 0);
  const owners: Array<Process | undefined> = [];
  const calls: Call[] = [];
  const failures: unknown[] = [];
  let favoured: Process | undefined;
  let burst = 0;

  function start(partition: number): void {
    const process: Process = {
      partition,
      stop: new AbortController(),
      isDead: false,
      run: Promise.resolve(),
    };
    const { signal } = process.stop;
    const { store: plain } = model.connect((operation) => {
      if (!process.isDead) calls.push({ process, operation });
    });
    const store = lacking === undefined ? plain : broken(plain, lacking);
    const log = logs[partition] ?? [];
    let applied = committed[partition] ?? 0;
    const commit = (): void => {
      if (owners[partition] !== process || process.isDead) return;
      committed[partition] = lacking === 'the held commit' ? applied : queue.bound(applied);
    };
    const queue = createReachQueue({
      reach: (ids) => reachCopies({ projection, store, signal }, ids),
      signal,
      pending: metrics.reachesPending,
      moved: commit,
      failed: (error) => void failures.push(error),
    });
    const run = async (): Promise<void> => {
      while (applied < log.length && !signal.aborted) {
        const changes = log.slice(applied, applied + 1 + random.below(3));
        const due = await applyBatch(
          {
            projection,
            store,
            deadLetters: { write: never },
            unkeyed: { unknown: never, record: never },
            judgeMisfit: never,
            noteSnapshots: () => Promise.resolve(),
            metrics,
          },
          { partition, changes: decodeAll(changes), signal },
        );
        if (due !== null) queue.add(due);
        applied += changes.length;
        commit();
      }
    };
    process.run = run().catch((error: unknown) => {
      if (!signal.aborted) failures.push(error);
    });
    owners[partition] = process;
  }

  /** Killed: what it had sent may still arrive. Taken away: it is told so, and ends what it is at. */
  function replace(partition: number, isKilled: boolean): void {
    const process = owners[partition];
    if (process && isKilled) process.isDead = true;
    process?.stop.abort(new Error('taken away'));
    start(partition);
  }

  async function step(): Promise<void> {
    if (burst-- <= 0) {
      favoured = calls[random.below(calls.length)]?.process;
      burst = random.below(LONGEST_BURST);
    }
    const favouredAt = calls.findIndex(({ process }) => process === favoured);
    const at = favouredAt >= 0 ? favouredAt : random.below(calls.length);
    const call = calls[at];
    if (!call) return;
    const { process, operation } = call;
    const unit = operation.left.shift();
    unit?.();
    if (operation.left.length > 0) return;
    calls.splice(at, 1);
    if (process.isDead) return;
    operation.answer();
    await tick();
  }

  for (let partition = 0; partition < PARTITIONS; partition++) start(partition);
  await tick();
  for (let n = 0; n < STEPS; n++) {
    if (random.below(25) === 0) replace(random.below(PARTITIONS), random.below(2) === 0);
    await step();
    if (calls.length === 0) await tick();
  }
  // All are dead but those who come last, and they are left in peace.
  for (let partition = 0; partition < PARTITIONS; partition++) replace(partition, false);
  await tick();
  const isOver = (): boolean => logs.every((log, partition) => committed[partition] === log.length);
  const deadline = performance.now() + DEADLINE_MS;
  while (failures.length === 0 && (calls.length > 0 || !isOver())) {
    if (performance.now() > deadline) throw new Error('it does not come to an end');
    // Whoever has lost a save waits a moment.
    if (calls.length === 0) await sleep(1);
    await step();
  }
  if (failures.length > 0) throw failures[0];
  for (const [id, book] of expected) compare(projection, id, book, model.documents.get(id));
}

/** Enough for whatever waits for nothing but an answer. */
async function tick(): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => void setImmediate(resolve));
}

/** A projection that copies less shows less. */
function compare(
  projection: Projection,
  id: string,
  { chapters, ...book }: Book,
  stored: StoredDocument | undefined,
): void {
  const { root, embed = {} } = projection.definition;
  const found = stored?._sync.phase === 'live' ? parseLossless(toServedJson(projection, stored)) : null;
  const shown = (fields: object, row: object): object =>
    Object.fromEntries(Object.entries(row).filter(([field]) => field in fields));
  const inner = embed['chapters']?.kind === 'list' ? embed['chapters'].fields : {};
  const expected = { ...shown(root.fields, book), chapters: chapters.map((each) => shown(inner, each)) };
  const wrong = differences(expected, found);
  if (wrong.length > 0) throw new Error(`${id}: ${wrong.join('; ')}`);
}

/** Renames, deletions and returns; books that name one and then another. And what the books are to show in the end. */
function historyOf(random: Random): {
  readonly logs: ReadonlyArray<readonly RawChange[]>;
  readonly expected: ReadonlyMap<string, Book>;
} {
  const of = <T>(all: readonly T[]): T | null => all[random.below(all.length)] ?? null;
  const names = new Map<string, string>();
  const rows = new Map<string, { readonly author: string | null; readonly editor: string | null }>();
  const logs: RawChange[][] = [[], []];
  const add = (partition: number, table: string, key: string, after: object | null): void => {
    const log = logs[partition] ?? [];
    const source = { table, ts_us: 1, txId: log.length, lsn: log.length };
    const value = { op: after === null ? 'd' : 'u', before: null, after, source };
    log.push({
      offset: log.length,
      key: Buffer.from(key),
      value: Buffer.from(JSON.stringify(value)),
      timestamp: 0,
    });
  };
  for (let n = 0; n < CHANGES; n++) {
    const id = of(PEOPLE) ?? '';
    const name = random.below(5) === 0 ? null : of(NAMES);
    if (name === null) names.delete(id);
    else names.set(id, name);
    add(0, 'people', id, name === null ? null : { id, name, born: null });
    const book = of(BOOKS) ?? '';
    const row = { author: random.below(5) === 0 ? null : of(PEOPLE), editor: of(PEOPLE) };
    rows.set(book, row);
    add(1, 'chapters', book, { book_id: book, no: 1, heading: '', editor_id: row.editor });
    add(1, 'books', book, { id: book, title: 't', author_id: row.author, version: 1 });
  }
  const nameOf = (person: string | null): string | null =>
    person === null ? null : (names.get(person) ?? null);
  const expected = new Map(
    [...rows].map(([id, { author, editor }]) => [
      id,
      {
        id,
        title: 't',
        authorId: author,
        authorName: nameOf(author),
        authorBorn: null,
        version: 1,
        chapters: [{ no: 1, heading: '', editorId: editor, editorName: nameOf(editor) }],
      },
    ]),
  );
  return { logs, expected };
}

function broken(store: DocumentStore, lacking: Lacking): DocumentStore {
  const looked = new Map<string, StoredDocument | undefined>();
  let hasSaved = false;
  switch (lacking) {
    case 'the held commit':
      return store;
    case 'the reach':
      return { ...store, async *referrers() {} };
    case 'the look after the save':
      return {
        ...store,
        async look(ids) {
          if (!hasSaved) {
            const found = await store.look(ids);
            for (const id of ids) looked.set(id, found.get(id));
          }
          const known = ids.flatMap((id) => looked.get(id) ?? []);
          return new Map(known.map((each) => [each._id, each]));
        },
        async load(ids) {
          hasSaved = false;
          return store.load(ids);
        },
        async save(saves) {
          hasSaved = true;
          return store.save(saves);
        },
      };
  }
}
