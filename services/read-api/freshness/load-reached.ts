import type { Collection } from 'mongodb';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { LookupWitness } from '../cache/read-cache.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';
import type { LoadReached } from './arrivals.ts';

/** `revision`: the root field that holds it. */
export function createLoadReached(
  collection: Collection<StoredDocument>,
  revision: string,
  read: MajorityRead,
  witness: Pick<LookupWitness, 'shownAt'>,
): LoadReached {
  return async (ids) => {
    const found = await read((options) =>
      collection
        .find(
          { _id: { $in: [...ids] } },
          { ...options, projection: { '_sync.phase': 1, [revision]: 1 }, batchSize: ids.length + 1 },
        )
        .toArray(),
    );
    const reached = new Map(
      found.map(({ _id, _sync, [revision]: value }) => [
        _id,
        { phase: _sync.phase, revision: typeof value === 'number' ? value : null },
      ]),
    );
    for (const id of ids) {
      const document = reached.get(id);
      witness.shownAt(id, document?.phase === 'live' ? document.revision : null);
    }
    return reached;
  };
}
