/**
 * Compares documents with the source view while writers are active. One that differs is accused only when it still differs from what SQL
 * says after the stream has carried everything that had been committed by then into the documents, while SQL says the same before and
 * after the look, and all that twice: so what lags is told from what is wrong.
 */
import { BSON } from 'mongodb';
import type { Collection, Filter } from 'mongodb';
import { findRaw } from '../find-raw.ts';
import { createPace } from '../pace.ts';
import { parseLossless, stringifyLossless } from '../lossless-json.ts';
import { QUARANTINED } from '../open-quarantine.ts';
import type { Projection } from '../projection/projection.ts';
import type { SourceDocument } from '../projection/source-document.ts';
import { companionId } from '../projection/references.ts';
import { createDocumentDecoder } from '../raw-document.ts';
import { differences } from '../same-json.ts';
import type { Difference } from '../same-json.ts';
import { COMPANIONS, refsOf, storedCompanion } from '../stored-document.ts';
import type { StoredDocument } from '../stored-document.ts';
import { DOCUMENTS } from '../tallies/tally-counts.ts';
import { differencesFromSource } from './differences-from-source.ts';
import { servedOrNull } from './unless-foreign.ts';
import type { Sides } from './sides.ts';
import { sampleOfSource, sourceMoment, sourceOf, sourcePages, unknownToSource } from './source-documents.ts';

export interface Drift {
  readonly id: string;
  /** missing: only SQL has it · extra: SQL does not have it. */
  readonly kind: 'missing' | 'extra' | 'different';
  /** Empty but where it is different: `expected` is what SQL says; at the path of the whole, why it says nothing more. */
  readonly fields: readonly Difference[];
}

export type Scope =
  | { readonly kind: 'all' }
  /** So many documents of SQL and so many of MongoDB, by chance. */
  | { readonly kind: 'sample'; readonly count: number }
  | { readonly kind: 'ids'; readonly ids: readonly string[] };

export interface VerifyOptions extends Sides {
  readonly scope: Scope;
  /** Documents a second, at most; Infinity: no bound. */
  readonly rate: number;
  /** Documents compared so far. */
  readonly onProgress: (compared: number) => void;
}

export interface Verification {
  /** Ids that were looked at. */
  readonly compared: number;
  readonly wrong: readonly Drift[];
  /** Ids of those that differ because changes of theirs are in quarantine, as they themselves say. */
  readonly degraded: readonly string[];
  /** Ids of those that differ while the stream does not come far enough to tell why. */
  readonly undecided: readonly string[];
}

const BATCH = 1000;
const ROUNDS = 20;

export async function verifyDocuments(options: VerifyOptions): Promise<Verification> {
  const { signal, onProgress, rate } = options;
  const suspects = new Set<string>();
  const pace = createPace(rate);
  let compared = 0;
  let looked = 0;
  for await (const page of pagesOf(options)) {
    signal.throwIfAborted();
    for (const id of await page.suspects()) suspects.add(id);
    looked += page.ids;
    if (page.isNew) compared += page.ids;
    onProgress(compared);
    await pace(looked, signal);
  }
  return { compared, ...(await decide(options, suspects)) };
}

interface Page {
  readonly ids: number;
  /** Whether its ids were not looked at before. */
  readonly isNew: boolean;
  readonly suspects: () => Promise<readonly string[]>;
}

async function* pagesOf(options: VerifyOptions): AsyncGenerator<Page> {
  const { pool, projection, documents, scope } = options;
  if (scope.kind === 'all') {
    for await (const source of sourcePages(pool, projection, BATCH)) {
      const ids = [...source.keys()];
      const differing = async (): Promise<readonly string[]> => {
        const stored = await storedOf(options, ids);
        return ids.filter((id) => !isSame(projection, source.get(id), stored.get(id)));
      };
      yield { ids: ids.length, isNew: true, suspects: differing };
    }
    for await (const ids of storedIds(documents, { ...DOCUMENTS, ...VISIBLE }))
      yield { ids: ids.length, isNew: false, suspects: () => unknownToSource(pool, projection, ids) };
    yield* companionPages(options);
    return;
  }
  const ids =
    scope.kind === 'ids'
      ? [...new Set(scope.ids)]
      : [
          ...new Set([
            ...(await sampleOfSource(pool, projection, scope.count)),
            ...(await sampleOfStored(documents, scope.count)),
          ]),
        ];
  for (let at = 0; at < ids.length; at += BATCH) {
    const some = ids.slice(at, at + BATCH);
    const differing = async (): Promise<readonly string[]> => {
      const source = await sourceOf(pool, projection, some);
      const stored = await storedOf(options, some);
      return some.filter((id) => !isSame(projection, source.get(id), stored.get(id)));
    };
    yield { ids: some.length, isNew: true, suspects: differing };
  }
}

/** A tombstone and what waits for its root are not there for anybody. */
const THERE = { '_sync.phase': { $nin: ['pending', 'deleted'] } } as const;
/** What readers see. */
const VISIBLE = { '_sync.phase': { $nin: ['pending', 'deleted', 'reference'] } } as const;
const MAJORITY = { readConcern: { level: 'majority' } } as const;

/** Copies are compared with the documents; this finds a companion that nothing has copied from since somebody changed it. */
async function* companionPages({
  pool,
  projection,
  documents,
  ...options
}: VerifyOptions): AsyncGenerator<Page> {
  const { references } = projection;
  if (references === null) return;
  for (const viewed of references.tables.values())
    for await (const source of sourcePages(pool, viewed, BATCH)) {
      const rows = new Map([...source].map(([key, row]) => [companionId(viewed.table, key), row]));
      const ids = [...rows.keys()];
      const differing = async (): Promise<readonly string[]> => {
        const stored = await storedOf({ pool, projection, documents, ...options }, ids);
        return ids.filter((id) => !isSame(projection, rows.get(id), stored.get(id)));
      };
      yield { ids: ids.length, isNew: false, suspects: differing };
    }
  for await (const ids of storedIds(documents, COMPANIONS))
    yield { ids: ids.length, isNew: false, suspects: () => unknownToSource(pool, projection, ids) };
}

async function* storedIds(
  documents: Collection<StoredDocument>,
  which: Filter<StoredDocument>,
): AsyncGenerator<readonly string[]> {
  let ids: string[] = [];
  const found = documents.find(which, { projection: { _id: 1 }, batchSize: BATCH, ...MAJORITY });
  for await (const { _id } of found) {
    ids.push(_id);
    if (ids.length < BATCH) continue;
    yield ids;
    ids = [];
  }
  if (ids.length > 0) yield ids;
}

async function sampleOfStored(
  documents: Collection<StoredDocument>,
  count: number,
): Promise<readonly string[]> {
  const found = documents.aggregate<Pick<StoredDocument, '_id'>>(
    [{ $sample: { size: count } }, { $match: { ...DOCUMENTS, ...VISIBLE } }, { $project: { _id: 1 } }],
    MAJORITY,
  );
  return (await found.toArray()).map(({ _id }) => _id);
}

interface Stored {
  /** As it is served; of a companion its row. */
  readonly json: string;
  readonly isCompanion: boolean;
  readonly isDegraded: boolean;
  /** What it says that it counts in. */
  readonly tallies: unknown;
}

async function storedOf(
  { projection, documents }: VerifyOptions,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Stored>> {
  const decode = createDocumentDecoder(projection);
  const filter = { _id: { $in: [...ids] }, ...THERE };
  const found = await findRaw(documents, filter, { batchSize: ids.length, ...MAJORITY }).toArray();
  return new Map(
    found.map((bytes) => {
      const companion = projection.references?.companionAt(idOf(bytes)) ?? null;
      if (companion !== null) return companionIn(bytes);
      let id = '';
      let isDegraded = false;
      const json = servedOrNull(() => {
        const read = decode(bytes);
        ({ id } = read);
        isDegraded = read.sync?.quarantine !== undefined;
        return read.json;
      });
      const tallies = projection.talliesOf === null ? undefined : BSON.deserialize(bytes)['_tallies'];
      return [id === '' ? idOf(bytes) : id, { json, isCompanion: false, isDegraded, tallies }];
    }),
  );
}

function companionIn(bytes: Uint8Array): readonly [id: string, stored: Stored] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- by whoever it was written, it is only compared
  const stored = BSON.deserialize(bytes) as StoredDocument;
  const json = servedOrNull(() => stringifyLossless(storedCompanion(stored).row));
  const isDegraded = stored._sync.quarantine !== undefined;
  return [stored._id, { json, isCompanion: true, isDegraded, tallies: undefined }];
}

function idOf(bytes: Uint8Array): string {
  return String(BSON.deserialize(bytes)['_id']);
}

/** Both absent, or equal in every value. One that not all of its rows are in is like none. */
function isSame(
  projection: Projection,
  source: SourceDocument | undefined,
  stored: Stored | undefined,
): boolean {
  if (source === undefined || stored === undefined) return source === undefined && stored === undefined;
  return fieldsOf(projection, source, stored).length === 0;
}

function fieldsOf(
  projection: Projection,
  { json: source, printed, refused }: SourceDocument,
  { json, isCompanion, tallies }: Stored,
): readonly Difference[] {
  if (isCompanion) return differences(parseLossless(printed), parseLossless(json));
  return [
    ...(source === null ? [] : differencesFromSource(projection, source, json, tallies)),
    ...(refused === null ? [] : [{ path: '', expected: stringifyLossless(refused), found: null }]),
  ];
}

async function decide(
  options: VerifyOptions,
  suspects: Set<string>,
): Promise<Omit<Verification, 'compared'>> {
  const { pool, projection, signal } = options;
  const wrong = new Map<string, Drift>();
  const degraded = new Set<string>();
  /** Id → what was stored at the look before, where that stood beside a source that stood still. */
  let accused = new Map<string, string | undefined>();
  for (let round = 0; suspects.size > 0 && round < ROUNDS; round++) {
    signal.throwIfAborted();
    const ids = [...suspects];
    const before = await sourceOf(pool, projection, ids);
    const { lsn } = await sourceMoment(pool);
    if (!(await options.reached(lsn))) break;
    const stored = await storedOf(options, ids);
    const after = await sourceOf(pool, projection, ids);
    const next = new Map<string, string | undefined>();
    const misled = await copyingDegraded(options, ids);
    for (const id of ids) {
      const found = stored.get(id);
      if (isSame(projection, before.get(id), found) || isSame(projection, after.get(id), found))
        suspects.delete(id);
      else if (before.get(id)?.printed === after.get(id)?.printed) {
        next.set(id, found?.json);
        if (!accused.has(id) || accused.get(id) !== found?.json) continue;
        suspects.delete(id);
        if (found?.isDegraded === true || misled.has(id)) degraded.add(id);
        else wrong.set(id, driftOf(projection, id, after.get(id), found));
      }
    }
    accused = next;
  }
  return {
    wrong: [...wrong.values()],
    degraded: [...degraded],
    undecided: [...suspects],
  };
}

/** Those of them that copy from a companion whose changes are in quarantine: until these are dealt with nobody can know better. */
async function copyingDegraded(
  { projection, documents }: VerifyOptions,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (projection.references === null) return new Set();
  const which = { _id: { $in: [...ids] } };
  const copying = await documents.find(which, { projection: { _refs: 1 }, ...MAJORITY }).toArray();
  const named = new Set(copying.flatMap((each) => refsOf(each).map(({ id }) => id)));
  const marked = await documents
    .find({ _id: { $in: [...named] }, ...QUARANTINED }, { projection: { _id: 1 }, ...MAJORITY })
    .toArray();
  const degraded = new Set(marked.map(({ _id }) => _id));
  return new Set(
    copying.flatMap((each) => (refsOf(each).some(({ id }) => degraded.has(id)) ? each._id : [])),
  );
}

function driftOf(
  projection: Projection,
  id: string,
  source: SourceDocument | undefined,
  stored: Stored | undefined,
): Drift {
  if (stored === undefined) return { id, kind: 'missing', fields: [] };
  if (source === undefined) return { id, kind: 'extra', fields: [] };
  return { id, kind: 'different', fields: fieldsOf(projection, source, stored) };
}
