/**
 * The history of a document, kept by the fold itself: an entry a transaction, in the document that it is of, so that the one fenced save
 * covers both, and what was applied before adds nothing. Pure. Undoing the entries from the newest back gives exactly the documents before.
 * A tombstone has none: what is erased is erased (invariant 6).
 */
import type { ChangeEvent, ChangePlace } from './change-event.ts';
import { changesBetween, undone } from './content-changes.ts';
import type { HistoryDefinition, ProjectionDefinition } from './definition.ts';
import { Packed, unpacked } from './document.ts';
import type { Content, DocumentState } from './document.ts';
import type { Evolve } from './evolve.ts';
import type { EntryStamp, History, HistoryEntry, OpenHistory } from './history-entry.ts';

const MICROS_A_DAY = 86_400_000_000;

/** `evolve`, and beside it the history. */
export function keepingHistory(
  definition: ProjectionDefinition,
  { by }: HistoryDefinition,
  evolve: Evolve,
): Evolve {
  return (state, change, place) => {
    const next = evolve(state, change, place);
    if (next === state || next.phase !== 'live') return next;
    const author = change.table === definition.root.table && by !== undefined ? change.after?.[by] : null;
    return { ...next, history: noted(definition, state, change, stampOf(change, place, author)) };
  };
}

function stampOf({ source }: ChangeEvent, place: ChangePlace | undefined, author: unknown): EntryStamp {
  return {
    kind: source.snapshot ? 'found' : 'changed',
    tx: source.snapshot ? null : source.txId,
    at: source.committedAt,
    lsn: source.lsn,
    position: place ?? null,
    by: typeof author === 'string' ? author : null,
  };
}

function noted(
  definition: ProjectionDefinition,
  state: DocumentState | null,
  change: ChangeEvent,
  stamp: EntryStamp,
): OpenHistory {
  const held = state?.phase === 'live' ? heldBy(state.history) : null;
  if (state === null || held === null) {
    const isNew = state?.phase !== 'live' && change.op === 'c';
    return isNew
      ? { closed: NONE, open: { ...stamp, kind: 'created' }, before: {} }
      : { closed: { ...NONE, since: stamp.at }, open: { ...stamp, kind: 'found' }, before: null };
  }
  if ('open' in held)
    return isSame(held.open, stamp)
      ? continued(held, stamp)
      : { closed: closing(definition, held, state.content), open: stamp, before: state.content };
  const last = held.entries.at(-1);
  return last && isSame(last, stamp)
    ? continued(reopened(definition, held, last, state.content), stamp)
    : { closed: held, open: stamp, before: state.content };
}

const NONE: History = { since: null, dropped: 0, entries: [] };

/** null: there is none, or what stands in its place is nothing that a fold has made. */
export function heldBy(history: DocumentState['history']): History | OpenHistory | null {
  const held = unpacked(history) as History | OpenHistory | null | undefined;
  if (typeof held !== 'object' || held === null) return null;
  return 'open' in held || Array.isArray(held.entries) ? held : null;
}

/** `last`: its last entry, whose transaction was not over: a delivery can end within one. */
function reopened(
  definition: ProjectionDefinition,
  history: History,
  { changes, ...open }: HistoryEntry,
  content: Content,
): OpenHistory {
  const closed = { ...history, entries: history.entries.slice(0, -1) };
  return { closed, open, before: changes.length === 0 ? null : undone(definition, content, changes) };
}

function continued(history: OpenHistory, stamp: EntryStamp): OpenHistory {
  const { kind, by } = history.open;
  return { ...history, open: { ...stamp, kind, by: stamp.by ?? by } };
}

/** Of one transaction, or of one snapshot. */
function isSame(last: EntryStamp, next: EntryStamp): boolean {
  if (last.at !== next.at || last.tx !== next.tx) return false;
  return last.tx !== null || (last.kind === 'found' && next.kind === 'found');
}

/** The history of a document with this content, as it is to be stored; undefined where none is kept. */
export function closedHistory(
  definition: ProjectionDefinition,
  { history, content }: DocumentState,
): History | Packed | undefined {
  // What is packed was stored so.
  if (history === undefined || history instanceof Packed || !('open' in history)) return history;
  return closing(definition, history, content);
}

function closing(
  definition: ProjectionDefinition,
  { closed, open, before }: OpenHistory,
  content: Content,
): History {
  if (before === null) return withEntry(definition, closed, { ...open, changes: [] });
  const changes = changesBetween(definition, before, content);
  return changes.length === 0 ? closed : withEntry(definition, closed, { ...open, changes });
}

/** The newest stays, whatever its age. */
function withEntry({ history: kept }: ProjectionDefinition, past: History, entry: HistoryEntry): History {
  const entries = [...past.entries, entry];
  const first = entries.length - Math.min(entries.length, kept?.keep ?? Infinity);
  const oldest = kept?.days === undefined ? -Infinity : entry.at - kept.days * MICROS_A_DAY;
  const from = entries.findIndex(({ at }, index) => index >= first && at >= oldest);
  return forgetting({ ...past, entries }, from);
}

/** Without its first entries. */
export function forgetting({ since, dropped, entries }: History, count: number): History {
  if (count === 0) return { since, dropped, entries };
  const gone = entries.slice(0, count).map(({ at }) => at);
  return {
    since: Math.max(since ?? -Infinity, ...gone),
    dropped: dropped + count,
    entries: entries.slice(count),
  };
}

/** The same document, whose history says that all of it fell away: for one that would be too large to be stored. */
export function withoutPast(definition: ProjectionDefinition, state: DocumentState): DocumentState {
  const held = heldBy(closedHistory(definition, state));
  if (held === null || 'open' in held) return { phase: state.phase, content: state.content };
  return { ...state, history: forgetting(held, held.entries.length) };
}

export interface Known {
  readonly content: Content;
  /** null: none was kept. */
  readonly history: History | null;
}

/**
 * The document after the last of its entries that is `taken`. null: it was not there yet, or it is not known what it was. Entries before that
 * one are kept whether they are taken or not: they happened.
 */
export function historyThrough(
  definition: ProjectionDefinition,
  { content, history }: Known,
  taken: (entry: HistoryEntry) => boolean,
): Known | null {
  if (history === null) return null;
  const count = history.entries.findLastIndex(taken) + 1;
  if (count === 0 && (history.since === null || history.dropped === 0)) return null;
  const left = history.entries.slice(count).toReversed();
  return {
    content: left.reduce((state, { changes }) => undone(definition, state, changes), content),
    history: { ...history, entries: history.entries.slice(0, count) },
  };
}

/** The history of a document that was made anew from the source. `known`: as it was before; null: that cannot be read. */
export function historyMadeAnew(
  definition: ProjectionDefinition,
  known: Known | null,
  content: Content,
  stamp: EntryStamp,
): History {
  if (known === null || known.history === null)
    return { ...NONE, since: stamp.at, entries: [{ ...stamp, changes: [] }] };
  const changes = changesBetween(definition, known.content, content);
  return changes.length === 0 ? known.history : withEntry(definition, known.history, { ...stamp, changes });
}
