/** The documents by way of the cache: those, and those pages, that it may show are there at once, and the others are looked up. */
import type { Projection } from '../../shared/projection/projection.ts';
import type { ReadCache } from '../cache/read-cache.ts';
import type { Reader } from './reader.ts';
import { versionOf } from './version-of.ts';

export function createCachedReader(projection: Projection, documents: Reader, cache: ReadCache): Reader {
  return {
    ...documents,
    byId: (id) => cache.get(id) ?? documents.byId(id),
    page: (query) => cache.getPage(query) ?? documents.page(query),
    version(id) {
      const found = cache.get(id);
      return found ? versionOf(projection, id, found) : documents.version(id);
    },
  };
}
