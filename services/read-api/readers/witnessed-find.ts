/** Looks documents up by id, in one question for many, and tells the cache what was seen. */
import type { Collection, Filter } from 'mongodb';
import { findRaw } from '../../shared/find-raw.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { LookupWitness } from '../cache/read-cache.ts';
import { createIdentify } from './identify.ts';
import type { Identified } from './identify.ts';
import type { MajorityRead } from './majority-reads.ts';

/** Those that there are. */
export type WitnessedFind = (ids: readonly string[]) => Promise<readonly Identified[]>;

/** Above what one query asks for, so that it is answered in one round trip. */
export const BATCH_SIZE = 1000;

/** `which`: of those that have the ids; readers may be shown live ones only. */
export function createWitnessedFind(
  projection: Projection,
  collection: Collection<StoredDocument>,
  read: MajorityRead,
  witness: Pick<LookupWitness, 'depart'>,
  which: Filter<StoredDocument> = {},
): WitnessedFind {
  const identify = createIdentify(projection);
  return async (ids) => {
    const flight = witness.depart(ids);
    try {
      const filter = { _id: { $in: [...ids] }, ...which };
      const all = await read((options) =>
        findRaw(collection, filter, { ...options, batchSize: BATCH_SIZE }).toArray(),
      );
      const identified = all.map(identify);
      const live = identified.filter(({ phase }) => phase === 'live');
      flight.arrived(new Map(live.map(({ id, found }) => [id, found])));
      return identified;
    } catch (error) {
      flight.failed();
      throw error;
    }
  };
}
