/** The documents that the projector keeps. Only live ones exist for a reader; pending ones and tombstones are not found. */
import type { Collection, Document, Filter as MongoFilter } from 'mongodb';
import type { Projection } from '../../shared/projection/projection.ts';
import { foldCase } from '../../shared/projection/queries.ts';
import type { Lookup } from '../../shared/projection/queries.ts';
import { toServedJson } from '../../shared/stored-document.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import { coalesceFinds } from './coalesced-find.ts';
import type { MajorityRead } from './majority-reads.ts';
import { provenanceOf } from './provenance.ts';
import type { Found, PageQuery, ParameterValue, Reader } from './reader.ts';
import { versionJson } from './version-json.ts';

export function createDocumentReader(
  projection: Projection,
  collection: Collection<StoredDocument>,
  read: MajorityRead,
): Reader {
  const { revision } = projection.definition;
  const byId = coalesceFinds(findLive('_id'), idOf);
  const versionById = coalesceFinds(
    findLive('_id', { _id: 1, _sync: 1, ...(revision === undefined ? {} : { [revision]: 1 }) }),
    idOf,
  );
  const byLookup = new Map(
    projection.lookups.map((lookup) => [
      lookup.parameter,
      coalesceFinds(findLive(pathOf(lookup)), valueOf(lookup)),
    ]),
  );

  function findLive(path: string, fields?: Document) {
    return (keys: readonly unknown[]): Promise<readonly StoredDocument[]> => {
      const filter = { [path]: { $in: keys }, ...LIVE } as MongoFilter<StoredDocument>;
      return read((options) =>
        collection
          .find(filter, { ...options, batchSize: BATCH_SIZE, ...(fields ? { projection: fields } : {}) })
          .toArray(),
      );
    };
  }

  function found(stored: StoredDocument, body: string): Found {
    return {
      body,
      revision: revisionOf(stored, revision),
      provenance: provenanceOf(stored),
      degraded: isDegraded(stored),
    };
  }

  return {
    async byId(id) {
      const [stored] = await byId(id);
      return stored ? found(stored, toServedJson(projection, stored)) : null;
    },
    async version(id) {
      const [stored] = await versionById(id);
      return stored ? found(stored, versionJson(projection, id, revisionOf(stored, revision))) : null;
    },
    async byLookup(lookup, value) {
      const find = byLookup.get(lookup.parameter);
      if (!find) throw new TypeError(`${projection.name} has no lookup ${lookup.parameter}`);
      const stored = latest(await find(keyOf(lookup, value)));
      return stored ? found(stored, toServedJson(projection, stored)) : null;
    },
    async page(query) {
      const stored = await read((options) =>
        collection
          .find(filterOf(query), options)
          .sort({ _id: 1 })
          .limit(query.limit + 1) // one more, to know whether there is more
          .toArray(),
      );
      const items = stored.slice(0, query.limit);
      return {
        items: items.map((each) => toServedJson(projection, each)),
        next: stored.length > query.limit ? lastId(items) : null,
        degraded: items.some(isDegraded),
      };
    },
  };
}

/** Above what one query asks for, so that it is answered in one round trip. */
const BATCH_SIZE = 1000;
const LIVE = { '_sync.phase': 'live' } as const;

function idOf({ _id }: StoredDocument): string {
  return _id;
}

function isDegraded({ _sync }: StoredDocument): boolean {
  return _sync.quarantine !== undefined;
}

function lastId(items: readonly StoredDocument[]): string | null {
  const last = items.at(-1);
  return last ? idOf(last) : null;
}

function revisionOf(stored: StoredDocument, field: string | undefined): number | null {
  const revision = field === undefined ? undefined : stored[field];
  return typeof revision === 'number' ? revision : null;
}

function pathOf(lookup: Lookup): string {
  return lookup.foldedKey === null ? lookup.field : `_keys.${lookup.foldedKey}`;
}

function valueOf(lookup: Lookup): (stored: StoredDocument) => unknown {
  return ({ _keys, ...fields }) =>
    lookup.foldedKey === null ? fields[lookup.field] : _keys?.[lookup.foldedKey];
}

function keyOf(lookup: Lookup, value: ParameterValue): unknown {
  return lookup.foldedKey !== null && typeof value === 'string' ? foldCase(value) : value;
}

/**
 * While a unique value moves from one document to another, both may show it: their changes are in two partitions.
 * The one that was changed last has it.
 */
function latest(candidates: readonly StoredDocument[]): StoredDocument | undefined {
  return candidates.reduce<StoredDocument | undefined>(
    (best, each) => (best && lsnOf(best) >= lsnOf(each) ? best : each),
    undefined,
  );
}

function lsnOf({ _sync }: StoredDocument): number {
  return _sync.lsn ?? -1;
}

/** Filters on one list hold for one and the same element. */
function filterOf({ where, after }: PageQuery): MongoFilter<StoredDocument> {
  const conditions: Record<string, unknown> = { ...LIVE };
  const elements = new Map<string, Record<string, unknown>>();
  for (const { filter, value } of where) {
    if (filter.list === null) conditions[filter.field] = value;
    else elements.set(filter.list, { ...elements.get(filter.list), [filter.field]: value });
  }
  for (const [list, element] of elements) conditions[list] = { $elemMatch: element };
  if (after !== null) conditions['_id'] = { $gt: after };
  return conditions;
}
