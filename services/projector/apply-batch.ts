/**
 * The way of a batch: group by document → load → decode and evolve in order → save, fenced. When it resolves, every change
 * of the batch is in the documents by majority, or was there before, or is kept in the dead letters with its document marked;
 * only then may its offsets be committed (invariant 5). Letters come first, then marks: a crash in between leaves a letter
 * twice, never a change nowhere (invariant 7).
 */
import { ChangeError } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DeadLetters } from './dead-letters.ts';
import { keyOf, toPositioned } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import { UnstorableError, whyUnstorable } from './document-store.ts';
import type { DocumentStore } from './document-store.ts';
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

type Group = readonly [id: string, changes: readonly DecodedChange[]];

export async function applyBatch(options: ApplyOptions, batch: DecodedBatch): Promise<void> {
  const { metrics } = options;
  const beganAt = Date.now();
  const withoutKey: DecodedChange[] = [];
  const groups = groupByDocument(
    batch.changes,
    ({ raw }) => keyOf(raw),
    (each) => withoutKey.push(each),
  );
  if (withoutKey.length > 0) await keepUnkeyed(options, batch, withoutKey.map(toRefused));
  await inChunks([...groups], CHUNK, CHUNKS_AT_ONCE, (chunk) => applyChunk(options, batch, chunk, beganAt));
  metrics.changes.inc(batch.changes.length);
  metrics.batches.inc();
}

async function applyChunk(
  options: ApplyOptions,
  batch: DecodedBatch,
  groups: readonly Group[],
  beganAt: number,
): Promise<void> {
  let pending = groups;
  for (let round = 1; pending.length > 0; round++) {
    batch.signal.throwIfAborted();
    if (round > MAX_ROUNDS)
      throw new FencedOutError(`${pending.length} documents stayed in conflict for ${MAX_ROUNDS} rounds`);
    const { conflicts, skipped } = await applyOnce(options, batch, pending, beganAt);
    if (conflicts.size > 0) options.metrics.conflicts.inc(conflicts.size);
    if (round === 1 && skipped > 0) options.metrics.skipped.inc({ reason: 'unknown_table' }, skipped);
    pending = pending.filter(([id]) => conflicts.has(id));
  }
}

/** `conflicts`: ids of documents that another writer was faster with; `skipped`: changes of unknown tables. */
async function applyOnce(
  options: ApplyOptions,
  batch: DecodedBatch,
  groups: readonly Group[],
  beganAt: number,
): Promise<{ readonly conflicts: ReadonlySet<string>; readonly skipped: number }> {
  const { projection, store, metrics } = options;
  const stored = await store.load(groups.map(([id]) => id));
  const now = new Date();
  const foldAll = (refuse?: WhyUnstorable): Folded => {
    const folds: Fold[] = [];
    const snapshots = new Set<number>();
    let skipped = 0;
    let isKnown = false;
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
      const fold = foldDocument(projection, id, before, batch.partition, concerned, now, refuse);
      if (before && isOfNewer(projection, before)) options.metNewer?.(before._sync.projection);
      if (fold) folds.push(fold);
      else if (concerned.length > 0) isKnown = true;
    }
    return { folds, isKnown, snapshots, skipped };
  };
  const save = async ({ folds, isKnown, snapshots, skipped }: Folded): ReturnType<typeof applyOnce> => {
    await options.noteSnapshots(snapshots);
    const refused = folds.flatMap((fold) => fold.refused);
    const misfit = firstMisfit(folds);
    if (misfit) await options.judgeMisfit(misfit, batch.partition);
    if (refused.length > 0) await writeLetters(options, batch, refused, now);
    const savingAt = Date.now();
    const conflicts = new Set(folds.length === 0 ? [] : await store.save(folds));
    const saved = folds.filter(({ document }) => !conflicts.has(document._id));
    const savedAt = Date.now();
    for (const { through } of saved)
      if (through && !through.snapshot)
        metrics.staleness.observe(Math.max(0, savedAt / 1000 - through.committedAt / 1e6));
    options.traceApplied?.(saved, { partition: batch.partition, beganAt, savingAt, savedAt });
    if (isKnown) await store.confirm();
    metrics.quarantined.inc(saved.reduce((sum, fold) => sum + fold.refused.length, 0));
    return { conflicts, skipped };
  };
  try {
    return await save(foldAll());
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    return save(foldAll(whyUnstorable));
  }
}

interface Folded {
  readonly folds: readonly Fold[];
  /** Some were applied before: by whom, and how safely, is not known. */
  readonly isKnown: boolean;
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
