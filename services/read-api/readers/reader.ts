/** What a lookup finds, wherever it looks: the port between the routes and the two places that documents come from. */
import type { Filter, Lookup } from '../../shared/projection/queries.ts';

/** A value of a query parameter, of the field's own type. */
export type ParameterValue = string | number | boolean;

export interface Found {
  /** JSON text, sent as it is */
  readonly body: string;
  /** null where the projection declares none */
  readonly revision: number | null;
  /** null where the source itself was asked */
  readonly provenance: Provenance | null;
  /** Changes of it are in quarantine: it shows the last good state, and stays there until they are dealt with. */
  readonly degraded: boolean;
}

/** How far into the stream of changes the document is. */
export interface Provenance {
  /** `<partition>:<offset>` of the last change applied; several are separated by commas */
  readonly position: string;
  /** WAL position of that change, as Postgres writes it: 0/16B3748 */
  readonly lsn: string | null;
  /** commit time of that change, ISO 8601 */
  readonly changedAt: string;
  readonly appliedAt: Date;
}

export interface PageQuery {
  readonly where: ReadonlyArray<{ readonly filter: Filter; readonly value: ParameterValue }>;
  readonly limit: number;
  /** the id behind which the page starts; null: at the first */
  readonly after: string | null;
}

export interface Page {
  /** JSON texts in the order of their ids */
  readonly items: readonly string[];
  /** the last item's id where more follow, else null */
  readonly next: string | null;
  /** whether any of the items is */
  readonly degraded: boolean;
}

/** Finds live documents only. Every method rejects with a ProblemError 503 when its database cannot be reached. */
export interface Reader {
  byId(id: string): Promise<Found | null>;
  byLookup(lookup: Lookup, value: ParameterValue): Promise<Found | null>;
  /** `{ id, version }` only. */
  version(id: string): Promise<Found | null>;
  page(query: PageQuery): Promise<Page>;
}
