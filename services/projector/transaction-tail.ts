/**
 * Where changes must be cut so that no document shows half of a transaction (invariant 10). A transaction's changes stand together in
 * a partition, and a delivery may end inside one. Pure.
 *
 * A command of the write API ends with the root's row (invariant 9), so that a transaction is known to be whole when the root's row
 * is the last of each of its documents; a row that others refer to is whole by itself. Other writers' order is their own: for them somebody has
 * to wait a little. So it is with events that documents are folded from, of which a transaction may add several to one stream.
 */
import type { ChangeEvent } from '../shared/projection/change-event.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DecodedChange } from './decode.ts';
import { documentAt } from '../shared/projection/references.ts';

export interface Cut {
  /** Whole transactions. */
  readonly whole: readonly DecodedChange[];
  /** The changes of the last transaction, which may have more to come. */
  readonly tail: readonly DecodedChange[];
}

/** More than this is not kept in memory: so large a transaction can be seen in part. */
export const MAX_TAIL = 10_000;

type Cutting = Pick<Projection, 'closingTable' | 'references' | 'tables'>;

/** `moreWaits`: the partition holds more changes already, and the last transaction may go on in them. */
export function cutAtTransaction(
  projection: Cutting,
  changes: readonly DecodedChange[],
  moreWaits: boolean,
): Cut {
  const all: Cut = { whole: changes, tail: [] };
  const last = transactionOf(changes.at(-1));
  if (last === null) return all;
  let start = changes.length - 1;
  while (start > 0 && transactionOf(changes[start - 1]) === last) start -= 1;
  const tail = changes.slice(start);
  if (tail.length > MAX_TAIL || (!moreWaits && isWhole(projection, tail))) return all;
  return { whole: changes.slice(0, start), tail };
}

/** null: nothing that could go on. A snapshot's rows are no transaction, and what cannot be read is alone. */
export function transactionOf(each: DecodedChange | undefined): number | null {
  const change = each?.change;
  if (!isEvent(change) || change.source.snapshot) return null;
  return change.source.txId;
}

function isWhole({ closingTable, references, tables }: Cutting, tail: readonly DecodedChange[]): boolean {
  const open = new Map<string, boolean>();
  for (const { change } of tail) {
    if (!isEvent(change)) continue;
    const { table, key } = change;
    const closes = table === closingTable || references?.tables.has(table) === true;
    const id = tables.has(table) ? documentAt({ references }, table, key) : elsewhere(key);
    // Behind a deleted root only the deletes of its children come, and they change nothing.
    const isGone = !closes && open.get(id) === false && change.op === 'd';
    open.set(id, !closes && !isGone);
    if (closes) open.set(elsewhere(key), false);
  }
  return ![...open.values()].includes(true);
}

/** Where rows under this key go that other projections of the stream are made of: no id begins so. */
function elsewhere(key: string): string {
  return `\0${key}`;
}

function isEvent(change: DecodedChange['change'] | undefined): change is ChangeEvent {
  return change !== undefined && !(change instanceof Error);
}
