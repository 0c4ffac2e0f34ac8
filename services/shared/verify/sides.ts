import type { Collection } from 'mongodb';
import type { Pool } from 'pg';
import type { Projection } from '../projection/projection.ts';
import type { StoredDocument } from '../stored-document.ts';

/** A projection's documents and their source, and the way between the two: what is compared, repaired and explained. */
export interface Sides {
  readonly pool: Pool;
  readonly projection: Projection;
  readonly documents: Collection<StoredDocument>;
  /** Resolves when all that was committed in Postgres before `lsn` is in the documents; false: it cannot be told in time. */
  readonly reached: (lsn: number) => Promise<boolean>;
  readonly signal: AbortSignal;
}
