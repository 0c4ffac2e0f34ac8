/** The documents that the projector keeps. Only live ones exist for a reader; pending ones and tombstones are not found. */
import type { Collection, Filter as MongoFilter } from 'mongodb';
import { findRaw } from '../../shared/find-raw.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { foldCase } from '../../shared/projection/queries.ts';
import type { Lookup } from '../../shared/projection/queries.ts';
import { createDocumentDecoder } from '../../shared/raw-document.ts';
import { toServedJson } from '../../shared/stored-document.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { LookupWitness } from '../cache/read-cache.ts';
import { coalesceFinds } from './coalesced-find.ts';
import { countingPipeline, toCounts } from './counts.ts';
import type { CountedFacets } from './counts.ts';
import { toFound } from './found.ts';
import { standOf } from './identify.ts';
import type { MajorityRead } from './majority-reads.ts';
import { LIVE, pageFilter, pageOrder, placeOf, selectionFilter } from './selection.ts';
import type { ParameterValue, Reader } from './reader.ts';
import { revisionOf } from './revision-of.ts';
import { versionOf } from './version-of.ts';
import { BATCH_SIZE, createWitnessedFind } from './witnessed-find.ts';

export function createDocumentReader(
  projection: Projection,
  collection: Collection<StoredDocument>,
  read: MajorityRead,
  witness: LookupWitness,
): Reader {
  const { revision } = projection.definition;
  const decode = createDocumentDecoder(projection);
  const byId = coalesceFinds(
    createWitnessedFind(projection, collection, read, witness, LIVE),
    ({ id }) => id,
  );
  const byLookup = new Map(
    projection.lookups.map((lookup) => [
      lookup.parameter,
      coalesceFinds(findByValue(pathOf(lookup)), valueOf(lookup)),
    ]),
  );

  function findByValue(path: string) {
    return async (keys: readonly unknown[]): Promise<readonly StoredDocument[]> => {
      const filter = { [path]: { $in: keys }, ...LIVE } as MongoFilter<StoredDocument>;
      const all = await read((options) =>
        collection.find(filter, { ...options, batchSize: BATCH_SIZE }).toArray(),
      );
      witness.shownByValue();
      return all;
    };
  }

  return {
    async byId(id) {
      const [identified] = await byId(id);
      return identified?.found ?? null;
    },
    async version(id) {
      const [identified] = await byId(id);
      return identified ? versionOf(projection, id, identified.found) : null;
    },
    async byLookup(lookup, value) {
      const find = byLookup.get(lookup.parameter);
      if (!find) throw new TypeError(`${projection.name} has no lookup ${lookup.parameter}`);
      const stored = latest(await find(keyOf(lookup, value)));
      if (!stored) return null;
      const body = toServedJson(projection, stored);
      return toFound({ body, revision: revisionOf(stored, revision), ...standOf(stored._sync) });
    },
    async page(query) {
      const flight = witness.departPage(query);
      try {
        const stored = await read((options) =>
          findRaw(collection, pageFilter(query, projection.searched), options)
            .sort(pageOrder(query.order))
            .limit(query.limit + 1) // one more, to know whether there is more
            .toArray(),
        );
        const found = stored.map(decode);
        const items = found.slice(0, query.limit);
        const last = stored[query.limit - 1];
        const page = {
          items: items.map(({ json }) => json),
          next: last && stored.length > query.limit ? placeOf(last, query.order) : null,
          degraded: items.some(({ sync }) => sync.quarantine !== undefined),
        };
        // Also the one more: that there is a next page tells of it.
        flight.arrived(
          page,
          found.map(({ id }) => id),
        );
        return page;
      } catch (error) {
        flight.failed();
        throw error;
      }
    },
    async counts(selection) {
      const [found] = await read((options) =>
        collection
          .aggregate<CountedFacets>(
            countingPipeline(projection.facets, selectionFilter(selection, projection.searched)),
            options,
          )
          .toArray(),
      );
      witness.shownByValue();
      return toCounts(projection.facets, found);
    },
  };
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
