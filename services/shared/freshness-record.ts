/** What the projector has proven about the age of its documents, kept beside them for the read API. */
export interface FreshnessRecord {
  /** `<projection>:freshness` */
  readonly _id: string;
  /** Every commit before this time is in the documents. */
  readonly asOf: Date;
  /** By Postgres' clock. */
  readonly measuredAt: Date;
}

export const FRESHNESS_COLLECTION = '_readside';

export function freshnessId(projection: string): string {
  return `${projection}:freshness`;
}
