/** Which document a change goes into: a pure function of the projection, the change's table and its key. */
import { ChangeError } from '../shared/projection/change-event.ts';
import { companionId } from '../shared/projection/references.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { keyOf, tableIn } from './decode.ts';
import type { DecodedChange } from './decode.ts';

type Referring = Pick<Projection, 'references'>;

/** null: it names none. Where nothing is referred to, nothing has to be decoded for it. */
export function documentOf({ references }: Referring, each: DecodedChange): string | null {
  const key = keyOf(each.raw);
  if (key === null || references === null) return key;
  const { change } = each;
  const table = change instanceof ChangeError ? tableIn(each.raw) : change.table;
  return documentAt({ references }, table, key);
}

/** `table`: null where the change does not say. */
export function documentAt({ references }: Referring, table: string | null, key: string): string {
  return table !== null && references?.tables.has(table) ? companionId(table, key) : key;
}

/** The key of the changes that go into a document: by it one knows their partition. */
export function keyOfDocument({ references }: Referring, id: string): string {
  return references?.companionAt(id)?.key ?? id;
}
