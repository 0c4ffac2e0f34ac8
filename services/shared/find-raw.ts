import type { Abortable, Collection, Filter, FindCursor, FindOptions } from 'mongodb';
import type { StoredDocument } from './stored-document.ts';

/** Documents as the server sends them, in bytes, whatever the driver's types say. */
export function findRaw(
  collection: Collection<StoredDocument>,
  filter: Filter<StoredDocument>,
  options: FindOptions & Abortable,
): FindCursor<Buffer> {
  return collection.find(filter, { ...options, raw: true }) as unknown as FindCursor<Buffer>;
}
