/** What a lookup finds, wherever it looks: the port between the routes and the two places that documents come from. */
import type { Filter, Lookup, Sort } from '../../shared/projection/queries.ts';
import type { Found } from './found.ts';

/** A value of a query parameter, of the field's own type. */
export type ParameterValue = string | number | boolean;

/** Which documents. */
export interface Selection {
  readonly where: ReadonlyArray<{ readonly filter: Filter; readonly value: ParameterValue }>;
  /** Beginnings of words that each document has, folded. */
  readonly terms: readonly string[];
}

/** null: in the order of their ids alone. */
export type Order = { readonly sort: Sort; readonly direction: 1 | -1 } | null;

export interface PageQuery extends Selection {
  readonly order: Order;
  readonly limit: number;
  /** where the page starts; null: at the first */
  readonly after: PagePlace | null;
}

/** Behind this document. */
export interface PagePlace {
  readonly id: string;
  /** What it is sorted by; null where it is by the id alone. */
  readonly value: ParameterValue | null;
}

export interface Page {
  /** JSON texts */
  readonly items: readonly string[];
  /** the last item's where more follow, else null */
  readonly next: PagePlace | null;
  /** whether any of the items is */
  readonly degraded: boolean;
}

/** How many documents are selected, and how many of them have which value. */
export interface Counts {
  readonly total: number;
  /** There are more: only so many were counted, and no fewer have each value. */
  readonly isPartial: boolean;
  /** Facet → value → documents, those with most first. Of a map: key → value → documents. */
  readonly facets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Finds live documents only. Every method rejects with a ProblemError 503 when its database cannot be reached. */
export interface Reader {
  byId(id: string): Found | Promise<Found | null>;
  byLookup(lookup: Lookup, value: ParameterValue): Promise<Found | null>;
  /** `{ id, version }` only. */
  version(id: string): Found | Promise<Found | null>;
  page(query: PageQuery): Page | Promise<Page>;
  counts(selection: Selection): Promise<Counts>;
}
