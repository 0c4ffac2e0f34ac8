/**
 * The way of a batch: decode → group by document → load → evolve in order → save, fenced. When it resolves, every change
 * of the batch is in the documents by majority, or was there before, or is kept in the dead letters with its document marked;
 * only then may its offsets be committed (invariant 5). Letters come first, then marks: a crash in between leaves a letter
 * twice, never a change nowhere (invariant 7).
 */
import { ChangeError } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DeadLetters } from './dead-letters.ts';
import { toPositioned } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import { UnstorableError, whyUnstorable } from './document-store.ts';
import type { DocumentStore } from './document-store.ts';
import { foldDocument } from './fold-document.ts';
import type { Fold, RefusedChange, WhyUnstorable } from './fold-document.ts';
import { groupByDocument } from './group-by-document.ts';
import type { ChangesByDocument } from './group-by-document.ts';
import type { ProjectorMetrics } from './metrics.ts';
import type { UnkeyedChanges } from './unkeyed-changes.ts';

/** Another writer kept moving the same documents: two projectors believe that they own the partition. */
export class FencedOutError extends Error {
  override readonly name = 'FencedOutError';
}

/** A conflict means that a rebalance is under way; the new owner needs at most a few rounds to be done. */
const MAX_ROUNDS = 20;

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
  readonly metrics: ProjectorMetrics;
}

export async function applyBatch(options: ApplyOptions, batch: DecodedBatch): Promise<void> {
  const { projection, metrics } = options;
  const withoutKey: RefusedChange[] = [];
  let skipped = 0;
  let pending = groupByDocument(projection, batch.changes.map(toPositioned), ({ offset, change }) => {
    if (change instanceof ChangeError) withoutKey.push({ offset, error: change.message });
    else skipped += 1;
  });
  if (withoutKey.length > 0) await keepUnkeyed(options, batch, withoutKey);
  for (let round = 1; pending.size > 0; round++) {
    batch.signal.throwIfAborted();
    if (round > MAX_ROUNDS)
      throw new FencedOutError(`${pending.size} documents stayed in conflict for ${MAX_ROUNDS} rounds`);
    const conflicts = await applyOnce(options, batch, pending);
    if (conflicts.length > 0) metrics.conflicts.inc(conflicts.length);
    pending = only(pending, conflicts);
  }
  if (skipped > 0) metrics.skipped.inc({ reason: 'unknown_table' }, skipped);
  metrics.changes.inc(batch.changes.length);
  metrics.batches.inc();
}

/** Returns the ids of documents that another writer was faster with. */
async function applyOnce(
  options: ApplyOptions,
  batch: DecodedBatch,
  groups: ChangesByDocument,
): Promise<readonly string[]> {
  const { projection, store, metrics } = options;
  const stored = await store.load([...groups.keys()]);
  const now = new Date();
  const foldAll = (refuse?: WhyUnstorable): readonly Fold[] =>
    [...groups].flatMap(
      ([id, changes]) =>
        foldDocument(projection, id, stored.get(id), batch.partition, changes, now, refuse) ?? [],
    );
  const save = async (folds: readonly Fold[]): Promise<readonly string[]> => {
    if (folds.length === 0) return [];
    const refused = folds.flatMap((fold) => fold.refused);
    const misfit = firstMisfit(folds);
    if (misfit) await options.judgeMisfit(misfit, batch.partition);
    if (refused.length > 0) await writeLetters(options, batch, refused, now);
    const conflicts = await store.save(folds);
    if (refused.length > 0) metrics.quarantined.inc(countSaved(folds, conflicts));
    return conflicts;
  };
  try {
    return await save(foldAll());
  } catch (error) {
    if (!(error instanceof UnstorableError)) throw error;
    return save(foldAll(whyUnstorable));
  }
}

function firstMisfit(folds: readonly Fold[]): RefusedChange | undefined {
  return folds.flatMap(({ misfit }) => misfit ?? []).toSorted((a, b) => a.offset - b.offset)[0];
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

function countSaved(folds: readonly Fold[], conflicts: readonly string[]): number {
  const lost = new Set(conflicts);
  return folds.reduce((sum, { document, refused }) => sum + (lost.has(document._id) ? 0 : refused.length), 0);
}

function only(groups: ChangesByDocument, ids: readonly string[]): ChangesByDocument {
  return new Map(ids.map((id) => [id, groups.get(id) ?? []]));
}
