/**
 * The way of a batch: decode → group by document → load → evolve in order → save, fenced. When it resolves, every change
 * of the batch is in the documents by majority, or was there before; only then may its offsets be committed (invariant 5).
 */
import { ChangeError } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DecodedChange } from './decode.ts';
import type { DocumentStore } from './document-store.ts';
import { foldDocument } from './fold-document.ts';
import { groupByDocument } from './group-by-document.ts';
import type { ChangesByDocument } from './group-by-document.ts';
import type { ProjectorMetrics } from './metrics.ts';

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
  readonly metrics: ProjectorMetrics;
}

export async function applyBatch(
  { projection, store, metrics }: ApplyOptions,
  batch: DecodedBatch,
): Promise<void> {
  const changes = batch.changes.map(({ raw, change }) => {
    if (change instanceof ChangeError) throw change;
    return { offset: raw.offset, change };
  });
  let pending: ChangesByDocument = groupByDocument(projection, changes);
  for (let round = 1; pending.size > 0; round++) {
    batch.signal.throwIfAborted();
    if (round > MAX_ROUNDS)
      throw new FencedOutError(`${pending.size} documents stayed in conflict for ${MAX_ROUNDS} rounds`);
    const conflicts = await applyOnce(projection, store, batch.partition, pending);
    if (conflicts.length > 0) metrics.conflicts.inc(conflicts.length);
    pending = only(pending, conflicts);
  }
  metrics.changes.inc(batch.changes.length);
  metrics.batches.inc();
}

async function applyOnce(
  projection: Projection,
  store: DocumentStore,
  partition: number,
  groups: ChangesByDocument,
): Promise<readonly string[]> {
  const stored = await store.load([...groups.keys()]);
  const now = new Date();
  const saves = [...groups].flatMap(
    ([id, changes]) => foldDocument(projection, id, stored.get(id), partition, changes, now) ?? [],
  );
  return saves.length === 0 ? [] : store.save(saves);
}

function only(groups: ChangesByDocument, ids: readonly string[]): ChangesByDocument {
  return new Map(ids.map((id) => [id, groups.get(id) ?? []]));
}
