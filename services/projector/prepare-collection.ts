/** The collection of a projection with its indexes, and the TTL that ends tombstones (invariant 6). Doing it twice changes nothing. */
import type { Db } from 'mongodb';
import { QUARANTINED } from '../shared/open-quarantine.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { COMPANIONS } from '../shared/stored-document.ts';

const PENDING_INDEX = 'pending';
/** For whoever counts documents: there may be as many companions. */
export const COMPANION_INDEX = 'references';
const QUARANTINE_INDEX = 'quarantine';
const TOMBSTONE_INDEX = 'tombstones';
const INDEX_OPTIONS_CONFLICT = 85;

/** @param tombstoneSeconds must be longer than the topic's retention: no older change can be delivered again. */
export async function prepareCollection(
  db: Db,
  projection: Projection,
  tombstoneSeconds: number,
): Promise<void> {
  const collection = db.collection(projection.resource);
  const indexes = projection.indexes.map((paths) => ({
    key: Object.fromEntries(paths.map((path) => [path, 1 as const])),
    name: paths.join('+'),
  }));
  if (indexes.length > 0) await collection.createIndexes(indexes);
  // Children without a root are few or none; counting them must not read the others.
  await collection.createIndex(
    { '_sync.phase': 1 },
    { name: PENDING_INDEX, partialFilterExpression: { '_sync.phase': 'pending' } },
  );
  if (projection.references !== null)
    await collection.createIndex(
      { '_sync.phase': 1 },
      { name: COMPANION_INDEX, partialFilterExpression: COMPANIONS },
    );
  await collection.createIndex(
    { '_sync.quarantine.changes': 1 },
    { name: QUARANTINE_INDEX, partialFilterExpression: QUARANTINED },
  );
  const key = { '_sync.deletedAt': 1 } as const;
  try {
    await collection.createIndex(key, {
      name: TOMBSTONE_INDEX,
      expireAfterSeconds: tombstoneSeconds,
      sparse: true,
    });
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== INDEX_OPTIONS_CONFLICT) throw error;
    await db.command({
      collMod: projection.resource,
      index: { name: TOMBSTONE_INDEX, expireAfterSeconds: tombstoneSeconds },
    });
  }
}
