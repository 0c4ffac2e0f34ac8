/**
 * One document and the changes of a batch that go into it → the document to save, and the changes that go to the dead
 * letters instead of into it (invariant 7): one that cannot be applied, and all that come after it, until it is retried.
 * Pure but for the time it is given. A document's changes are all in one partition.
 */
import { ChangeError, SchemaError } from '../shared/projection/change-event.ts';
import type { SourcePosition } from '../shared/projection/change-event.ts';
import type { DocumentState } from '../shared/projection/document.ts';
import { withoutPast } from '../shared/projection/history.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { isCompanion } from '../shared/projection/references.ts';
import { storedCompanion, toState, toStored } from '../shared/stored-document.ts';
import type { AppliedOffsets, QuarantineMark, StoredDocument, SyncState } from '../shared/stored-document.ts';
import { classify } from './failure-class.ts';
import type { PositionedChange } from './group-by-document.ts';

/** A document to write, and what must still stand there for the write to be right (invariant 4). */
export interface FencedSave {
  readonly document: StoredDocument;
  /** The offsets that the fold started from; null when there was no document. */
  readonly startedFrom: AppliedOffsets | null;
  /** The mark that it started from, if there was one: a retry takes it away and leaves the offsets as they are. */
  readonly startedFromMark?: QuarantineMark;
}

/** A change that was not applied, and why. */
export interface RefusedChange {
  readonly offset: number;
  readonly error: string;
}

export interface Fold extends FencedSave {
  /** To be kept before the document is saved, in the order of their offsets. */
  readonly refused: readonly RefusedChange[];
  /** Where the last change that was applied stands; null: none was. */
  readonly through: SourcePosition | null;
  /** Of the changes that were applied, those that are a part of a trace. */
  readonly traced: readonly TracedSource[];
  /** The change that began it, where it lacks what the projection needs of its table: the source may have changed. */
  readonly misfit?: RefusedChange;
}

export type TracedSource = SourcePosition & Required<Pick<SourcePosition, 'trace'>>;

/** Why a document cannot be saved; null when it can. */
export type WhyUnstorable = (document: StoredDocument) => string | null;

/** null when every change was applied before (invariant 2), or a newer version of the projection has the document. */
export function foldDocument(
  projection: Projection,
  id: string,
  stored: StoredDocument | undefined,
  partition: number,
  changes: readonly PositionedChange[],
  now: Date,
  whyUnstorable?: WhyUnstorable,
): Fold | null {
  if (isOfNewer(projection, stored)) return null;
  const applied = stored?._sync.at[partition] ?? -1;
  const fresh = changes.filter(({ offset }) => offset > applied);
  const last = fresh.at(-1);
  if (last === undefined) return null;
  const at = { ...stored?._sync.at, [partition]: last.offset };
  const started = { startedFrom: stored?._sync.at ?? null };
  const before = stored?._sync.quarantine;
  if (stored && before) {
    const refused = fresh.map(({ offset }) => ({ offset, error: followsText(before.first) }));
    const quarantine = { ...before, changes: before.changes + refused.length };
    const document = marked(stored, at, quarantine);
    return { document, ...started, startedFromMark: before, refused, through: null, traced: [] };
  }

  const toDocument = (state: DocumentState, source: SourcePosition): StoredDocument => {
    const document = toStored(projection, id, state, at, source, now);
    // No change is refused for the sake of what was before it.
    if (!state.history || !whyUnstorable || whyUnstorable(document) === null) return document;
    return toStored(projection, id, withoutPast(projection.definition, state), at, source, now);
  };
  let done = applyInOrder(projection, stored, partition, fresh);
  // Only where the outcome cannot be saved is it worth looking which change made it so.
  if (whyUnstorable && done.last && whyUnstorable(toDocument(done.last.state, done.last.source)) !== null)
    done = applyInOrder(projection, stored, partition, fresh, (state, source) =>
      whyUnstorable(toDocument(state, source)),
    );
  const { failed, traced } = done;
  const through = done.last && withTrace(done.last.source, traced.at(-1));
  const document = done.last && through ? toDocument(done.last.state, through) : stored;
  if (failed === null) {
    if (!document || (stored && isSameCompanion(projection, stored, document))) return null;
    return { document, ...started, refused: [], through, traced };
  }
  const first = { partition, offset: fresh[failed.index]?.offset ?? last.offset };
  const refused = fresh
    .slice(failed.index)
    .map(({ offset }, i) => ({ offset, error: i === 0 ? failed.error : followsText(first) }));
  const quarantine = { since: now, first, changes: refused.length, error: failed.error };
  return {
    document: marked(document ?? toDocument(NOTHING, NO_SOURCE), at, quarantine),
    ...started,
    refused,
    through,
    traced,
    ...(failed.isMisfit && { misfit: { offset: first.offset, error: failed.error } }),
  };
}

/** Whoever reads the document next is shown what the traced one did, whatever came after it. */
function withTrace(source: SourcePosition, latest: TracedSource | undefined): SourcePosition {
  return latest === undefined || source.trace !== undefined ? source : { ...source, trace: latest.trace };
}

function isTraced(source: SourcePosition): source is TracedSource {
  return source.trace !== undefined;
}

/** Nothing of the content is known: readers get 404. */
const NOTHING: DocumentState = { phase: 'pending', content: {} };
const NO_SOURCE: SourcePosition = { lsn: null, txId: null, committedAt: 0, snapshot: false };

/**
 * Of its row nothing has changed that is copied, only what nobody copies. To save it would tell nobody anything; a change that is
 * delivered again changes nothing again.
 */
function isSameCompanion(projection: Projection, before: StoredDocument, after: StoredDocument): boolean {
  if (!isCompanion(projection, after._id)) return false;
  const { rev } = storedCompanion(before);
  return rev !== null && rev === storedCompanion(after).rev;
}

/** What this version would save lacks what that one knows; and that one is given the same changes. */
export function isOfNewer({ version }: Projection, stored: StoredDocument | undefined): boolean {
  return stored !== undefined && stored._sync.projection > version;
}

interface Applied {
  /** After the last change that was applied; null when none was. */
  readonly last: { readonly state: DocumentState; readonly source: SourcePosition } | null;
  readonly failed: { readonly index: number; readonly error: string; readonly isMisfit: boolean } | null;
  readonly traced: readonly TracedSource[];
}

/** Up to the first change that cannot be applied, or after which `refuse` has a reason. */
function applyInOrder(
  projection: Projection,
  stored: StoredDocument | undefined,
  partition: number,
  changes: readonly PositionedChange[],
  refuse: (state: DocumentState, source: SourcePosition) => string | null = () => null,
): Applied {
  let state = stored ? stateOf(stored) : null;
  let last: Applied['last'] = null;
  const traced: TracedSource[] = [];
  for (const [index, { change, offset }] of changes.entries()) {
    try {
      if (change instanceof ChangeError) throw change;
      const next = projection.evolve(state, change, { partition, offset });
      const why = refuse(next, change.source);
      if (why !== null) throw new ChangeError(why);
      state = next;
      last = { state, source: change.source };
      if (isTraced(change.source)) traced.push(change.source);
    } catch (error) {
      if (!(error instanceof Error) || classify(error) !== 'quarantine') throw error;
      const said = error.message.slice(0, MAX_ERROR_LENGTH);
      return { last, traced, failed: { index, error: said, isMisfit: error instanceof SchemaError } };
    }
  }
  return { last, traced, failed: null };
}

const MAX_ERROR_LENGTH = 300;

/** A document that holds nothing but a mark is as none. */
function stateOf(stored: StoredDocument): DocumentState | null {
  const state = toState(stored);
  return state.phase === 'pending' && Object.keys(state.content).length === 0 ? null : state;
}

/** A tombstone with a mark is not ended by the TTL: the mark would go with it, unseen. */
function marked(document: StoredDocument, at: AppliedOffsets, quarantine: QuarantineMark): StoredDocument {
  const { deletedAt: _deletedAt, ...sync }: SyncState = document._sync;
  return { ...document, _sync: { ...sync, at, quarantine } };
}

function followsText({ partition, offset }: QuarantineMark['first']): string {
  return `follows ${partition}:${offset}`;
}
