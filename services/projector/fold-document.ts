/** One document and the changes of a batch that go into it → the document to save. Pure but for the time it is given. */
import type { DocumentState } from '../shared/projection/document.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { toState, toStored } from '../shared/stored-document.ts';
import type { AppliedOffsets, StoredDocument } from '../shared/stored-document.ts';
import type { PositionedChange } from './group-by-document.ts';

/** A document to write, and what must still stand there for the write to be right (invariant 4). */
export interface FencedSave {
  readonly document: StoredDocument;
  /** The offsets that the fold started from; null when there was no document. */
  readonly startedFrom: AppliedOffsets | null;
}

/** null when every change was applied before (invariant 2). */
export function foldDocument(
  projection: Projection,
  id: string,
  stored: StoredDocument | undefined,
  partition: number,
  changes: readonly PositionedChange[],
  now: Date,
): FencedSave | null {
  const applied = stored?._sync.at[partition] ?? -1;
  let state: DocumentState | null = stored ? toState(stored) : null;
  let last: PositionedChange | null = null;
  for (const each of changes) {
    if (each.offset <= applied) continue;
    state = projection.evolve(state, each.change);
    last = each;
  }
  if (state === null || last === null) return null;
  const at = { ...stored?._sync.at, [partition]: last.offset };
  return {
    document: toStored(projection, id, state, at, last.change.source, now),
    startedFrom: stored?._sync.at ?? null,
  };
}
