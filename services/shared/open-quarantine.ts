/** How much is in quarantine now: by indexes, so that it can be asked every second. */
import type { Db } from 'mongodb';
import { openUnkeyed, unkeyedRecords } from './dead-letters/unkeyed.ts';
import type { Projection } from './projection/projection.ts';
import type { StoredDocument } from './stored-document.ts';

export interface OpenQuarantine {
  /** Documents that are degraded. */
  readonly documents: number;
  /** Changes that name no document, and that nobody has dealt with. */
  readonly unkeyed: number;
}

/** As the partial index says it (`services/projector/prepare-collection.ts`): any other words would read the whole collection. */
export const QUARANTINED = { '_sync.quarantine.changes': { $gt: 0 } } as const;

/** `timeoutMs`: of each of the two questions, the search for a server included. */
export async function openQuarantine(
  db: Db,
  { name, resource }: Pick<Projection, 'name' | 'resource'>,
  timeoutMs = 5000,
): Promise<OpenQuarantine> {
  const [documents, unkeyed] = await Promise.all([
    db.collection<StoredDocument>(resource).countDocuments(QUARANTINED, { timeoutMS: timeoutMs }),
    unkeyedRecords(db).countDocuments(openUnkeyed(name), { timeoutMS: timeoutMs }),
  ]);
  return { documents, unkeyed };
}
