/**
 * A document made anew from the source while projectors go on working on it. What is put in its place is what SQL said before and after
 * everything committed by then was applied, so that no change can be lost between; and it is fenced like every other save, so that a
 * projector that holds the document as it was has to look again (invariant 4).
 */
import type { Admin } from 'kafkajs';
import type { Collection } from 'mongodb';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import { topicProgress } from '../../services/shared/lag/topic-progress.ts';
import type { Content, DocumentState } from '../../services/shared/projection/document.ts';
import { historyMadeAnew } from '../../services/shared/projection/history.ts';
import type { EntryStamp } from '../../services/shared/projection/history-entry.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { REPAIRS, contentOf, toServedJson, toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { differencesFromSource } from '../../services/shared/verify/differences-from-source.ts';
import { servedOrNull } from '../../services/shared/verify/unless-foreign.ts';
import type { Sides } from '../../services/shared/verify/sides.ts';
import { sourceMoment, sourceOf } from '../../services/shared/verify/source-documents.ts';
import type { SourceMoment } from '../../services/shared/verify/source-documents.ts';
import { knownOf } from '../known-document.ts';
import { partitionOf } from '../../services/shared/partition-of.ts';

export interface RepairOptions extends Sides {
  readonly admin: Admin;
}

export interface Repair {
  readonly id: string;
  /** removed: SQL does not have it · undecided: changes keep coming in, the stream does not come far enough, or a fold refuses what SQL has. */
  readonly outcome: 'repaired' | 'removed' | 'equal' | 'undecided';
}

const ROUNDS = 20;

/** In the order of `ids`. */
export async function repairDocuments(
  options: RepairOptions,
  ids: readonly string[],
): Promise<readonly Repair[]> {
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
      const partition = partitionOf(id, partitions.length);
      const next = partitions[partition]?.committed ?? 0;
      const save = toSave(projection, id, source, stored.get(id), { partition, next, moment });
      const isRemoved = source === undefined && (save !== null || foreign.has(id));
      outcomes.set(id, isRemoved ? 'removed' : save === null ? 'equal' : 'repaired');
      if (save) saves.push(save);
    }
    const conflicts = saves.length === 0 ? [] : await store.save(saves);
    for (const id of conflicts) outcomes.set(id, 'undecided');
    pending = [...left, ...conflicts];
  }
  return ids.map((id) => ({ id, outcome: outcomes.get(id) ?? 'undecided' }));
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
  const state: DocumentState =
    source === undefined
      ? { phase: 'deleted', content: {} }
      : withHistory(projection, stored, contentOf(projection, source), { partition, next, moment });
  const at = stored?._sync.at ?? {};
  return {
    document: toStored(
      projection,
      id,
      state,
      {
        ...at,
        [partition]: Math.max(at[partition] ?? -1, next - 1),
        [REPAIRS]: (at[REPAIRS] ?? 0) + 1,
      },
      { lsn: moment.lsn, txId: null, committedAt: moment.micros, snapshot: false },
      new Date(),
    ),
    startedFrom: stored ? at : null,
    ...(mark && { startedFromMark: mark }),
  };
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
