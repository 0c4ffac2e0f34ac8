/** What a lookup finds, wherever it looks: the port between the routes and the two places that documents come from. */
import type { Filter, Lookup } from '../../shared/projection/queries.ts';
import type { Found } from './found.ts';

/** A value of a query parameter, of the field's own type. */
export type ParameterValue = string | number | boolean;

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
  byId(id: string): Found | Promise<Found | null>;
  byLookup(lookup: Lookup, value: ParameterValue): Promise<Found | null>;
  /** `{ id, version }` only. */
  version(id: string): Found | Promise<Found | null>;
  page(query: PageQuery): Promise<Page>;
}
