import type { Db } from 'mongodb';
import type { Projection } from '../projection/projection.ts';

/** Documents that a bad change keeps from going on (invariant 7). */
export function countQuarantined(db: Db, { resource }: Projection): Promise<number> {
  return db.collection(resource).countDocuments({ '_sync.quarantine': { $exists: true } });
}
