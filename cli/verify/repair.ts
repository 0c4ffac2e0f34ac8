/**
 * A document made anew from the source while projectors go on working on it. What is put in its place is what SQL said before and after
 * everything committed by then was applied, so that no change can be lost between; and it is fenced like every other save, so that a
 * projector that holds the document as it was has to look again (invariant 4). What a document copies is taken from its companions, which are
 * made anew before it where they are wrong.
 */
import type { Admin } from 'kafkajs';
import type { Collection } from 'mongodb';
import { whyUnstorable } from '../../services/projector/document-store.ts';
import { checkCopies, fillSaves } from '../../services/projector/fill-copies.ts';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { reachCopies } from '../../services/projector/reach.ts';
import type { RefillOptions } from '../../services/projector/refill.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Content, DocumentState } from '../../services/shared/projection/document.ts';
import { historyMadeAnew } from '../../services/shared/projection/history.ts';
import type { EntryStamp } from '../../services/shared/projection/history-entry.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { UNKNOWN, companionOf, stateOfRow } from '../../services/shared/projection/companion.ts';
import { isCompanion } from '../../services/shared/projection/references.ts';
import type { Row } from '../../services/shared/projection/row-decoder.ts';
import { differences } from '../../services/shared/same-json.ts';
import {
  REPAIRS,
  contentOf,
  countedUp,
  refsOf,
  toServedJson,
  toState,
  toStored,
} from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { differencesFromSource } from '../../services/shared/verify/differences-from-source.ts';
import { servedOrNull, unlessForeign } from '../../services/shared/verify/unless-foreign.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { sourceMoment, sourceOf } from '../../services/shared/verify/source-documents.ts';
import type { SourceMoment } from '../../services/shared/verify/source-documents.ts';
import { knownOf } from '../known-document.ts';
import { documentPartition } from '../../services/shared/document-partition.ts';

export interface RepairOptions extends Sides {
  readonly admin: Admin;
}

export interface Repair {
  readonly id: string;
  /** removed: SQL does not have it · undecided: changes keep coming in, the stream does not come far enough, or a fold refuses what SQL has. */
  readonly outcome: 'repaired' | 'removed' | 'equal' | 'undecided';
}

const ROUNDS = 20;

/** In the order of `ids`, those of companions among them. */
export async function repairDocuments(
  options: RepairOptions,
  ids: readonly string[],
): Promise<readonly Repair[]> {
  const { projection, documents, signal } = options;
  if (projection.references === null) return repairEach(options, ids);
  const isOfCompanion = (id: string): boolean => isCompanion(projection, id);
  const own = ids.filter((id) => !isOfCompanion(id));
  const wrongBefore = await unequal(options, own);
  const companions = new Set([...ids.filter(isOfCompanion), ...(await companionsCopied(options, own))]);
  const rows = await repairEach(options, [...companions]);
  const store = openDocumentStore(projection, documents);
  await reachCopies(
    { projection, store, signal },
    rows.flatMap(({ id, outcome }) => (outcome === 'equal' ? [] : id)),
  );
  const outcomes = new Map(
    [...rows, ...(await repairEach(options, own))].map(({ id, outcome }) => [id, outcome]),
  );
  return ids.map((id) => {
    const outcome = outcomes.get(id) ?? 'undecided';
    // Right again by what it copies.
    return { id, outcome: outcome === 'equal' && wrongBefore.has(id) ? 'repaired' : outcome };
  });
}

async function unequal(
  { pool, projection, documents }: RepairOptions,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const stored = await storedOf(documents, ids);
  const source = await sourceOf(pool, projection, ids);
  return new Set(
    ids.filter((id) => !isAsInSource(projection, source.get(id)?.json ?? undefined, stored.get(id))),
  );
}

/** By what SQL says of these documents, and by what they have copied. */
async function companionsCopied(
  { pool, projection, documents }: RepairOptions,
  ids: readonly string[],
): Promise<readonly string[]> {
  const stored = [...(await storedOf(documents, ids)).values()];
  const source = [...(await sourceOf(pool, projection, ids)).values()];
  return [
    ...stored.flatMap((each) => refsOf(each).map(({ id }) => id)),
    ...source.flatMap(({ json }) =>
      json === null ? [] : (projection.references?.idsOf(contentOf(projection, json)) ?? []),
    ),
  ];
}

async function repairEach(options: RepairOptions, ids: readonly string[]): Promise<readonly Repair[]> {
  const { pool, admin, projection, documents, signal } = options;
  const store = openDocumentStore(projection, documents);
  const outcomes = new Map<string, Repair['outcome']>(ids.map((id) => [id, 'undecided']));
  const foreign = await removeForeign(documents, ids);
  let pending: readonly string[] = [...outcomes.keys()];
  for (let round = 0; pending.length > 0 && round < ROUNDS; round++) {
    signal.throwIfAborted();
    const before = await sourceOf(pool, projection, pending);
    const moment = await sourceMoment(pool);
    if (!(await options.reached(moment.lsn))) break;
    // All before these offsets is in the documents.
    const { partitions } = await topicProgress(admin, projection.topic, projection.group);
    const stored = await storedOf(documents, pending);
    const after = await sourceOf(pool, projection, pending);
    const saves: FencedSave[] = [];
    const left: string[] = [];
    for (const id of pending) {
      const found = after.get(id);
      if (before.get(id)?.printed !== found?.printed) {
        left.push(id); // what is being written is looked at again
        continue;
      }
      // A part of what happened is no better than what stands there.
      if (found && found.refused !== null) continue;
      const source = found?.json ?? undefined;
      const held = stored.get(id);
      const content = source === undefined ? held : contentOf(projection, source);
      const known = { content, at: held?._sync.at };
      // What is neither in SQL nor among the documents is as it should be, wherever its changes were.
      const partition = documentPartition(projection, id, partitions.length, known) ?? 0;
      const next = partitions[partition]?.committed ?? 0;
      const save = toSave(projection, id, source, held, { partition, next, moment });
      const isRemoved = source === undefined && (save !== null || foreign.has(id));
      outcomes.set(id, isRemoved ? 'removed' : save === null ? 'equal' : 'repaired');
      if (save) saves.push(save);
    }
    const conflicts = await saveFilled({ projection, store, signal }, saves);
    for (const id of conflicts) outcomes.set(id, 'undecided');
    pending = [...left, ...conflicts];
  }
  return ids.map((id) => ({ id, outcome: outcomes.get(id) ?? 'undecided' }));
}

async function saveFilled(
  { projection, store, signal }: RefillOptions,
  saves: readonly FencedSave[],
): Promise<readonly string[]> {
  if (saves.length === 0) return [];
  const filled = await fillSaves(projection, store, saves, whyUnstorable);
  const conflicts = new Set(await store.save(filled));
  const documents = filled.map(({ document }) => document);
  await checkCopies(
    { projection, store, signal },
    documents.filter(({ _id }) => !conflicts.has(_id)),
  );
  return [...conflicts];
}

/** What no projector can have made has no offsets that a save could be fenced by, and no reader sees it. Returns the ids. */
async function removeForeign(
  documents: Collection<StoredDocument>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const foreign = { _id: { $in: [...ids] }, '_sync.at': { $not: { $type: 'object' } } } as const;
  const found = await documents.find(foreign, { projection: { _id: 1 } }).toArray();
  if (found.length > 0) await documents.deleteMany(foreign, { writeConcern: { w: 'majority' } });
  return new Set(found.map(({ _id }) => _id));
}

async function storedOf(
  documents: Collection<StoredDocument>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredDocument>> {
  const found = await documents
    .find({ _id: { $in: [...ids] } }, { readConcern: { level: 'majority' } })
    .toArray();
  return new Map(found.map((each) => [each._id, each]));
}

function isAsInSource(
  projection: Projection,
  source: string | undefined,
  stored: StoredDocument | undefined,
): boolean {
  const phase = stored?._sync.phase;
  if (source === undefined) return phase === undefined || phase === 'pending' || phase === 'deleted';
  if (stored && isCompanion(projection, stored._id)) {
    const row = phase === 'reference' ? companionOf(toState(stored)).row : null;
    return row !== null && differences(parseLossless(source), row).length === 0;
  }
  if (!stored || phase !== 'live') return false;
  const served = servedOrNull(() => toServedJson(projection, stored));
  return differencesFromSource(projection, source, served, stored._tallies).length === 0;
}

interface Place {
  readonly partition: number;
  /** Offset of the first change that may not be in the document. */
  readonly next: number;
  readonly moment: SourceMoment;
}

/** null: nothing is to be done. */
function toSave(
  projection: Projection,
  id: string,
  source: string | undefined,
  stored: StoredDocument | undefined,
  { partition, next, moment }: Place,
): FencedSave | null {
  const mark = stored?._sync.quarantine;
  if (!mark && isAsInSource(projection, source, stored)) return null;
  const state = toBe(projection, id, source, stored, { partition, next, moment });
  const at = stored?._sync.at ?? {};
  return {
    document: toStored(
      projection,
      id,
      state,
      countedUp({ ...at, [partition]: Math.max(at[partition] ?? -1, next - 1) }, REPAIRS),
      { lsn: moment.lsn, txId: null, committedAt: moment.micros, snapshot: false },
      new Date(),
    ),
    startedFrom: stored ? at : null,
    ...(mark && { startedFromMark: mark }),
  };
}

function toBe(
  projection: Projection,
  id: string,
  source: string | undefined,
  stored: StoredDocument | undefined,
  place: Place,
): DocumentState {
  if (isCompanion(projection, id)) {
    const before = stored ? unlessForeign(() => companionOf(toState(stored)), UNKNOWN) : UNKNOWN;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the view prints a row (source-view.ts)
    const row = source === undefined ? null : (parseLossless(source) as Row);
    return stateOfRow(before, row, place.next - 1);
  }
  return source === undefined
    ? { phase: 'deleted', content: {} }
    : withHistory(projection, stored, contentOf(projection, source), place);
}

/** What the repair changes is an entry of its own: what was served until then stays told. */
function withHistory(
  { definition }: Projection,
  stored: StoredDocument | undefined,
  content: Content,
  { partition, next, moment }: Place,
): DocumentState {
  const state = { phase: 'live', content } as const;
  if (!definition.history) return state;
  const known = stored?._sync.phase === 'live' ? knownOf(stored) : null;
  const position = next > 0 ? { partition, offset: next - 1 } : null;
  const stamp: EntryStamp = {
    kind: 'repaired',
    tx: null,
    at: moment.micros,
    lsn: moment.lsn,
    position,
    by: null,
  };
  return { ...state, history: historyMadeAnew(definition, known, content, stamp) };
}
