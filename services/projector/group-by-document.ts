/** The changes of a batch, gathered by the document they go into; the order within each is kept. Pure. */
import { ChangeError } from '../shared/projection/change-event.ts';
import type { ChangeEvent } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';

export interface PositionedChange {
  readonly offset: number;
  readonly change: ChangeEvent | ChangeError;
  /** The record's own, where the change itself cannot say it: it names the document that the error is of. */
  readonly key?: string;
}

/**
 * By the record's key, which is the id of the document, so that nothing has to be decoded for it. `onElse` hears of each change
 * without one.
 */
export function groupByDocument<C>(
  changes: Iterable<C>,
  keyOf: (change: C) => string | null,
  onElse: (change: C) => void = () => undefined,
): ReadonlyMap<string, readonly C[]> {
  const groups = new Map<string, C[]>();
  for (const each of changes) {
    const key = keyOf(each);
    const group = key === null ? undefined : groups.get(key);
    if (key === null) onElse(each);
    else if (group) group.push(each);
    else groups.set(key, [each]);
  }
  return groups;
}

/** Whether it goes into a document of the projection: of a table that it does not know it does not. What cannot be read counts as if. */
export function concerns(projection: Projection, { change }: PositionedChange): boolean {
  return change instanceof ChangeError || projection.tables.has(change.table);
}
