/** A document as it was, from what it is and its history. Pure. */
import { undone } from './content-changes.ts';
import type { ProjectionDefinition } from './definition.ts';
import type { Content } from './document.ts';
import type { History, HistoryEntry } from './history-entry.ts';

export interface PastState {
  readonly content: Content;
  /** What made it so; null: it fell away. */
  readonly entry: HistoryEntry | null;
  /** What ended it; null: it is so now. */
  readonly next: HistoryEntry | null;
}

/** not-yet: so far it was never so. not-kept: the history does not go back so far. never: it goes back further, and knows no such state. */
export type NotKnown = 'not-yet' | 'not-kept' | 'never';

/** All states that are known, the present one first. */
export function* statesBack(
  definition: ProjectionDefinition,
  present: Content,
  { since, entries }: History,
): Generator<PastState> {
  let content = present;
  let next: HistoryEntry | null = null;
  for (const entry of entries.toReversed()) {
    yield { content, entry, next };
    // What was before a beginning is not known.
    if (entry.changes.length === 0) return;
    content = undone(definition, content, entry.changes);
    next = entry;
  }
  if (since !== null) yield { content, entry: null, next };
}

/** After the last transaction that had been committed by then. `at`: microseconds since 1970. */
export function stateAt(
  definition: ProjectionDefinition,
  present: Content,
  history: History,
  at: number,
): PastState | NotKnown {
  for (const state of statesBack(definition, present, history))
    if ((state.entry?.at ?? history.since ?? Infinity) <= at) return state;
  return history.since === null ? 'not-yet' : 'not-kept';
}

/** After the transaction that set the revision to this, the last time that one did; or as it was found with it. */
export function stateOfRevision(
  definition: ProjectionDefinition,
  present: Content,
  history: History,
  revision: number,
): PastState | NotKnown {
  const { revision: field = '' } = definition;
  let found: PastState | null = null;
  let oldest = Infinity;
  let newest: number | null = null;
  for (const state of statesBack(definition, present, history)) {
    const value = state.content[field];
    oldest = Number(value);
    newest ??= oldest;
    if (value === revision) found = state;
    else if (found !== null) break;
  }
  if (found !== null) return found;
  if (newest === null || revision > newest) return 'not-yet';
  return history.since !== null && revision < oldest ? 'not-kept' : 'never';
}
