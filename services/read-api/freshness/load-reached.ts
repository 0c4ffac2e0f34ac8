import type { Collection } from 'mongodb';
import type { Projection } from '../../shared/projection/projection.ts';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { LookupWitness } from '../cache/read-cache.ts';
import { createIdentify } from '../readers/identify.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';
import type { LoadReached } from './arrivals.ts';

/** Loads them whole: whoever has waited for one is answered with what the look has found. */
export function createLoadReached(
  projection: Projection,
  collection: Collection<StoredDocument>,
  read: MajorityRead,
  witness: Pick<LookupWitness, 'depart'>,
): LoadReached {
  const identify = createIdentify(projection);
  return async (ids) => {
    const flight = witness.depart(ids);
    try {
      const all = await read((options) =>
        collection
          .find({ _id: { $in: [...ids] } }, { ...options, raw: true, batchSize: ids.length + 1 })
          .toArray(),
      );
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `raw` gives, and the driver's types do not say
      const identified = (all as unknown as readonly Uint8Array[]).map(identify);
      const live = identified.filter(({ phase }) => phase === 'live');
      flight.arrived(new Map(live.map(({ id, found }) => [id, found])));
      return new Map(
        identified.map(({ id, phase, found }) => [
          id,
          { phase, revision: phase === 'live' ? found.revision : null },
        ]),
      );
    } catch (error) {
      flight.failed();
      throw error;
    }
  };
}
