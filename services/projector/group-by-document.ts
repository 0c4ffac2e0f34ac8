/** The changes of a batch, gathered by the document they go into; the order within each is kept. Pure. */
import type { ChangeEvent } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';

export interface PositionedChange {
  readonly offset: number;
  readonly change: ChangeEvent;
}

export type ChangesByDocument = ReadonlyMap<string, readonly PositionedChange[]>;

export function groupByDocument(
  projection: Projection,
  changes: Iterable<PositionedChange>,
): ChangesByDocument {
  const groups = new Map<string, PositionedChange[]>();
  for (const each of changes) {
    for (const id of projection.targets(each.change)) {
      const group = groups.get(id);
      if (group) group.push(each);
      else groups.set(id, [each]);
    }
  }
  return groups;
}
