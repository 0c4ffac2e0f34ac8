import type { Db } from 'mongodb';
import type { Projection } from '../services/shared/projection/projection.ts';
import { COMPANIONS } from '../services/shared/stored-document.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import { DOCUMENTS } from '../services/shared/tallies/tally-counts.ts';

export interface Documents {
  readonly live: number;
  /** Children that wait for their root's row. */
  readonly pending: number;
  readonly tombstones: number;
}

/** By indexes, so that it does not read the documents. */
export async function countDocuments(
  db: Db,
  { resource, references }: Pick<Projection, 'resource' | 'references'>,
): Promise<Documents> {
  const collection = db.collection<StoredDocument>(resource);
  const [total, tombstones, pending, companions] = await Promise.all([
    // Counted by the index: the collection's own count is off after a mongod that was killed.
    collection.countDocuments(DOCUMENTS, { hint: '_id_' }),
    collection.countDocuments({ '_sync.deletedAt': { $exists: true } }, { hint: 'tombstones' }),
    collection.countDocuments({ '_sync.phase': 'pending' }, { hint: 'pending' }),
    references === null ? 0 : collection.countDocuments(COMPANIONS),
  ]);
  return { live: total - tombstones - pending - companions, pending, tombstones };
}
