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

export type ChangesByDocument = ReadonlyMap<string, readonly PositionedChange[]>;

/** `onElse` hears of each change that goes into no document. */
export function groupByDocument(
  projection: Projection,
  changes: Iterable<PositionedChange>,
  onElse: (change: PositionedChange) => void = () => undefined,
): ChangesByDocument {
  const groups = new Map<string, PositionedChange[]>();
  for (const each of changes) {
    const ids = targetsOf(projection, each);
    if (ids.length === 0) onElse(each);
    for (const id of ids) {
      const group = groups.get(id);
      if (group) group.push(each);
      else groups.set(id, [each]);
    }
  }
  return groups;
}

function targetsOf(projection: Projection, { change, key }: PositionedChange): readonly string[] {
  if (change instanceof ChangeError) return key === undefined ? [] : [key];
  return projection.targets(change);
}
