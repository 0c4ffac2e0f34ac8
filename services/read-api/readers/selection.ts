/** Which documents a list holds, in which order, and where its next page starts: as MongoDB is asked. */
import { BSON } from 'mongodb';
import type { Filter as MongoFilter } from 'mongodb';
import type { Searched } from '../../shared/projection/search.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { Order, PagePlace, PageQuery, ParameterValue, Selection } from './reader.ts';

export const LIVE = { '_sync.phase': 'live' } as const;

type Conditions = Record<string, unknown>;

/** Filters on one list hold for one and the same element. */
export function selectionFilter(
  { where, terms }: Selection,
  { wordPaths }: Pick<Searched, 'wordPaths'>,
): MongoFilter<StoredDocument> {
  const conditions: Conditions = { ...LIVE };
  const elements = new Map<string, Conditions>();
  const further = terms.map((term): Conditions => {
    const places = wordPaths.map((path) => ({ [path]: { $elemMatch: beginningWith(term) } }));
    return places.length === 1 ? { ...places[0] } : { $or: places };
  });
  for (const { filter, value } of where) {
    const { listPath, field, path, span } = filter;
    if (span !== null) further.push({ [path]: beginningWith(String(value)) });
    // Two parameters may be of one field.
    else if (path in conditions) further.push({ [path]: value });
    else if (listPath === null) conditions[path] = value;
    else elements.set(listPath, { ...elements.get(listPath), [field]: value });
  }
  for (const [list, element] of elements) conditions[list] = { $elemMatch: element };
  if (further.length > 0) conditions['$and'] = further;
  return conditions;
}

function beginningWith(text: string): Conditions {
  return { $gte: text, $lt: `${text}${BEHIND_ALL}` };
}

/** No text goes on with it: it is no character. */
const BEHIND_ALL = '\u{10FFFF}';

/** Lists whose elements stand at two places are asked for the same element at each of them. */
export function pageFilter(
  { order, after, ...selection }: PageQuery,
  searched: Pick<Searched, 'wordPaths'>,
): MongoFilter<StoredDocument> {
  const selected = selectionFilter(selection, searched);
  if (after === null) return selected;
  if (order === null) return { $and: [selected, { _id: { $gt: after.id } }] };
  const { sort, direction } = order;
  const beyond = direction === 1 ? '$gt' : '$lt';
  const further = [
    { [sort.path]: { [beyond]: after.value } },
    { [sort.path]: after.value, _id: { [beyond]: after.id } },
  ];
  return { $and: [selected, { $or: further }] };
}

export function pageOrder(order: Order): Record<string, 1 | -1> {
  return order === null ? { _id: 1 } : { [order.sort.path]: order.direction, _id: order.direction };
}

export function placeOf(bytes: Uint8Array, order: Order): PagePlace {
  const stored = BSON.deserialize(bytes);
  const names = order?.sort.path.split('.') ?? [];
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- of a field that is not null and no object: the definition is checked for it
  const value = order && (names.reduce<unknown>(member, stored) as ParameterValue);
  return { id: String(stored['_id']), value };
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Conditions)[name] : undefined;
}
