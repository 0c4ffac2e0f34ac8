/**
 * The way of a batch: group by document → load → decode and evolve in order → fill what is copied → save, fenced. When it resolves, every change
 * of the batch is in the documents by majority, or was there before, or is kept in the dead letters with its document marked;
 * only then may its offsets be committed (invariant 5): up to the first change whose reach is due, where there is one. Letters come first, then marks: a crash in between leaves a letter
 * twice, never a change nowhere (invariant 7).
 */
import { ChangeError } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DeadLetters } from './dead-letters.ts';
import { isCompanion } from '../shared/projection/references.ts';
import { storedCompanion } from '../shared/stored-document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { toPositioned } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import { documentOf } from './document-of-change.ts';
import { UnstorableError, whyUnstorable } from './document-store.ts';
import type { DocumentStore } from './document-store.ts';
import { checkCopies, fillSaves } from './fill-copies.ts';
import { foldDocument, isOfNewer } from './fold-document.ts';
import type { Fold, RefusedChange, WhyUnstorable } from './fold-document.ts';
import { concerns, groupByDocument } from './group-by-document.ts';
import type { PositionedChange } from './group-by-document.ts';
import { inChunks } from './in-chunks.ts';
import type { ProjectorMetrics } from './metrics.ts';
import type { NoteSnapshots } from './note-snapshots.ts';
import type { TraceApplied } from './trace-applied.ts';
import type { UnkeyedChanges } from './unkeyed-changes.ts';

/** Another writer kept moving the same documents: two projectors believe that they own the partition. */
export class FencedOutError extends Error {
  override readonly name = 'FencedOutError';
}

/** A conflict means that a rebalance is under way; the new owner needs at most a few rounds to be done. */
const MAX_ROUNDS = 20;
/** Documents in one load and one save: enough that a round trip costs little, and not more than what shall be in memory at once. */
const CHUNK = 1000;
/** While MongoDB saves one chunk, the next is folded. */
const CHUNKS_AT_ONCE = 2;

/** Changes of one partition, in the order of their offsets. */
export interface DecodedBatch {
  readonly partition: number;
  readonly changes: readonly DecodedChange[];
  /** Aborted when the partition was taken away. */
  readonly signal: AbortSignal;
}

export interface ApplyOptions {
  readonly projection: Projection;
  readonly store: DocumentStore;
  readonly deadLetters: DeadLetters;
  readonly unkeyed: UnkeyedChanges;
  /** Asked before a change is put aside that lacks what its table should give. @throws StallError while the source does not fit. */
  readonly judgeMisfit: (misfit: RefusedChange, partition: number) => Promise<void>;
  /** Told before any row of theirs is saved. */
  readonly noteSnapshots: NoteSnapshots;
  /** A document was left alone, because a newer version of the projection has it. */
  readonly metNewer?: (version: number) => void;
  readonly metrics: ProjectorMetrics;
  /** Absent: no traces are wanted. */
  readonly traceApplied?: TraceApplied | undefined;
}

/** Companions that are other than before, or that may have been left so by somebody who was killed: whatever copies from them is to be reached. */
export interface DueReach {
  readonly ids: readonly string[];
  /** Offset of the first change that made them so: until the reach is over, nothing from there on may be committed. */
  readonly from: number;
}

type Group = readonly [id: string, changes: readonly DecodedChange[]];

/** null: no reach is due. */
export async function applyBatch(options: ApplyOptions, batch: DecodedBatch): Promise<DueReach | null> {
  const { metrics, projection } = options;
  const beganAt = Date.now();
  const withoutKey: DecodedChange[] = [];
  const groups = groupByDocument(
    batch.changes,
    (each) => documentOf(projection, each),
    (each) => withoutKey.push(each),
  );
  if (withoutKey.length > 0) await keepUnkeyed(options, batch, withoutKey.map(toRefused));
  const due: string[] = [];
  const isFirst = ([id]: Group): boolean => isCompanion(projection, id);
  const apply = async (chunk: readonly Group[]): Promise<void> => {
    due.push(...(await applyChunk(options, batch, chunk, beganAt)));
  };
  // Companions first: what is filled afterwards has copied from them already, and need not be reached for it.
  for (const some of projection.references === null
    ? [[...groups]]
    : [[...groups].filter(isFirst), [...groups].filter((group) => !isFirst(group))])
    await inChunks(some, CHUNK, CHUNKS_AT_ONCE, apply);
  metrics.changes.inc(batch.changes.length);
  metrics.batches.inc();
  if (due.length === 0) return null;
  return { ids: due, from: Math.min(...due.map((id) => groups.get(id)?.[0]?.raw.offset ?? 0)) };
}

async function applyChunk(
  options: ApplyOptions,
  batch: DecodedBatch,
  groups: readonly Group[],
  beganAt: number,
): Promise<readonly string[]> {
  const due = new Set<string>();
  let pending = groups;
  for (let round = 1; pending.length > 0; round++) {
    batch.signal.throwIfAborted();
    if (round > MAX_ROUNDS)
      throw new FencedOutError(`${pending.length} documents stayed in conflict for ${MAX_ROUNDS} rounds`);
    const { conflicts, skipped, changed } = await applyOnce(options, batch, pending, beganAt);
    for (const id of changed) due.add(id);
    if (conflicts.size > 0) options.metrics.conflicts.inc(conflicts.size);
    if (round === 1 && skipped > 0) options.metrics.skipped.inc({ reason: 'unknown_table' }, skipped);
    pending = pending.filter(([id]) => conflicts.has(id));
  }
  return [...due];
}

/** `conflicts`: ids of documents that another writer was faster with; `skipped`: changes of unknown tables; `changed`: companions to be reached from. */
async function applyOnce(
  options: ApplyOptions,
  batch: DecodedBatch,
  groups: readonly Group[],
  beganAt: number,
): Promise<{
  readonly conflicts: ReadonlySet<string>;
  readonly skipped: number;
  readonly changed: readonly string[];
}> {
  const { projection, store, metrics } = options;
  const stored = await store.load(groups.map(([id]) => id));
  const now = new Date();
  const foldAll = (refuse?: WhyUnstorable): Folded => {
    const folds: Fold[] = [];
    const snapshots = new Set<number>();
    const known: string[] = [];
    let skipped = 0;
    for (const [id, changes] of groups) {
      const concerned: PositionedChange[] = [];
      for (const each of changes) {
        const positioned = toPositioned(each);
        if (!concerns(projection, positioned)) continue;
        concerned.push(positioned);
        const { change } = positioned;
        if (!(change instanceof ChangeError) && change.source.snapshot && change.source.lsn !== null)
          snapshots.add(change.source.lsn);
      }
      skipped += changes.length - concerned.length;
      const before = stored.get(id);
      const applied = before?._sync.at[batch.partition] ?? -1;
      const fold = foldDocument(projection, id, before, batch.partition, concerned, now, refuse);
      if (before && isOfNewer(projection, before)) options.metNewer?.(before._sync.projection);
      if (fold) folds.push(fold);
      if (concerned.some(({ offset }) => offset <= applied)) known.push(id);
    }
    return { folds, known, snapshots, skipped };
  };
  const save = async (
    { folds: unfilled, known, snapshots, skipped }: Folded,
    refuse?: WhyUnstorable,
  ): ReturnType<typeof applyOnce> => {
    await options.noteSnapshots(snapshots);
    const folds = await fillSaves(projection, store, unfilled, refuse);
    const refused = folds.flatMap((fold) => fold.refused);
    const misfit = firstMisfit(folds);
    if (misfit) await options.judgeMisfit(misfit, batch.partition);
    if (refused.length > 0) await writeLetters(options, batch, refused, now);
    const savingAt = Date.now();
    const conflicts = new Set(folds.length === 0 ? [] : await store.save(folds));
    const saved = folds.filter(({ document }) => !conflicts.has(document._id));
    const savedAt = Date.now();
    for (const { document, through } of saved)
      if (through && !through.snapshot && document._sync.phase !== 'reference')
        metrics.staleness.observe(Math.max(0, savedAt / 1000 - through.committedAt / 1e6));
    options.traceApplied?.(saved, { partition: batch.partition, beganAt, savingAt, savedAt });
    const folded = new Set(folds.map(({ document }) => document._id));
    const there = known.flatMap((id) => (folded.has(id) ? [] : (stored.get(id) ?? [])));
    const refilled = await checkCopies({ projection, store, signal: batch.signal }, [
      ...saved.map(({ document }) => document),
      ...there,
    ]);
    metrics.refilled.inc(refilled);
    if (there.length > 0) await store.confirm();
    metrics.quarantined.inc(saved.reduce((sum, fold) => sum + fold.refused.length, 0));
    return { conflicts, skipped, changed: changedCompanions(projection, stored, saved, known) };
  };
  try {
    return await save(foldAll());
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    return save(foldAll(whyUnstorable), whyUnstorable);
  }
}

function changedCompanions(
  projection: Projection,
  before: ReadonlyMap<string, StoredDocument>,
  saved: readonly Fold[],
  known: readonly string[],
): readonly string[] {
  if (projection.references === null) return [];
  const other = saved
    .filter(({ document }) => isCompanion(projection, document._id))
    .filter(
      ({ document }) => storedCompanion(document).rev !== storedCompanion(before.get(document._id)).rev,
    );
  return [...other.map(({ document }) => document._id), ...known.filter((id) => isCompanion(projection, id))];
}

interface Folded {
  readonly folds: readonly Fold[];
  /** Of documents that some of the changes were applied to before: by whom, and how safely, is not known. */
  readonly known: readonly string[];
  /** WAL positions of the snapshots that rows among the changes were read in. */
  readonly snapshots: ReadonlySet<number>;
  readonly skipped: number;
}

function firstMisfit(folds: readonly Fold[]): RefusedChange | undefined {
  return folds.flatMap(({ misfit }) => misfit ?? []).toSorted((a, b) => a.offset - b.offset)[0];
}

/** Of a change without a key, which is an error whatever else it holds. */
function toRefused({ raw, change }: DecodedChange): RefusedChange {
  if (!(change instanceof ChangeError)) throw new TypeError('a change without a key was decoded');
  return { offset: raw.offset, error: change.message };
}

async function keepUnkeyed(
  options: ApplyOptions,
  batch: DecodedBatch,
  changes: readonly RefusedChange[],
): Promise<void> {
  const unknown = await options.unkeyed.unknown(batch.partition, changes);
  if (unknown.length === 0) return;
  const now = new Date();
  await writeLetters(options, batch, unknown, now);
  await options.unkeyed.record(batch.partition, unknown, now);
  options.metrics.quarantined.inc(unknown.length);
}

async function writeLetters(
  { projection, deadLetters }: ApplyOptions,
  { partition, changes }: DecodedBatch,
  refused: readonly RefusedChange[],
  quarantinedAt: Date,
): Promise<void> {
  const errors = new Map(refused.map(({ offset, error }) => [offset, error]));
  const { name, version, topic } = projection;
  await deadLetters.write(
    changes.flatMap(({ raw }) => {
      const error = errors.get(raw.offset);
      return error === undefined
        ? []
        : { raw, topic, partition, error, projection: name, version, quarantinedAt };
    }),
  );
}
