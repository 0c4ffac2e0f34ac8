/** Which document a change goes into: a pure function of the projection, the change's table and its key. */
import { ChangeError } from '../shared/projection/change-event.ts';
import { documentAt } from '../shared/projection/references.ts';
import type { Referring } from '../shared/projection/references.ts';
import { keyOf, tableIn } from './decode.ts';
import type { DecodedChange } from './decode.ts';

/** null: it names none. Where nothing is referred to, nothing has to be decoded for it. */
export function documentOf({ references }: Referring, each: DecodedChange): string | null {
  const key = keyOf(each.raw);
  if (key === null || references === null) return key;
  const { change } = each;
  const table = change instanceof ChangeError ? tableIn(each.raw) : change.table;
  return documentAt({ references }, table, key);
}
