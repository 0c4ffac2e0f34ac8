/** Lookups and filters of a projection, resolved to where their values stand in a stored document. */
import type { ProjectionDefinition } from './definition.ts';

/** Finds at most one live document. */
export interface Lookup {
  readonly parameter: string;
  /** The root field. */
  readonly field: string;
  /** Field under `_keys` that holds the folded value, when case is ignored; else null. */
  readonly foldedKey: string | null;
}

/** Selects documents by equality. */
export interface Filter {
  readonly parameter: string;
  /** The embedded list whose one element must match; null for a root field. */
  readonly list: string | null;
  readonly field: string;
}

export function compileLookups(definition: ProjectionDefinition): readonly Lookup[] {
  return Object.entries(definition.lookups ?? {}).map(([parameter, { field, ignoreCase }]) => ({
    parameter,
    field,
    foldedKey: ignoreCase ? field : null,
  }));
}

export function compileFilters(definition: ProjectionDefinition): readonly Filter[] {
  return Object.entries(definition.filters ?? {}).map(([parameter, path]) => {
    const [first = '', second] = path.split('.');
    return second === undefined
      ? { parameter, list: null, field: first }
      : { parameter, list: first, field: second };
  });
}

/** What two spellings of one value have in common where case is ignored. */
export function foldCase(value: string): string {
  return value.toLowerCase();
}

/** Ascending index keys on the stored document, in order. */
export type IndexSpec = readonly string[];

/** One index a lookup and a filter, and one over all filters of a list together; `_id` last serves the keyset pages. */
export function compileIndexes(lookups: readonly Lookup[], filters: readonly Filter[]): readonly IndexSpec[] {
  const paths = filters.map((filter) =>
    filter.list === null ? filter.field : `${filter.list}.${filter.field}`,
  );
  const together = [...new Set(filters.map((filter) => filter.list))].map((list) =>
    paths.filter((_, i) => filters[i]?.list === list),
  );
  return [
    ...lookups.map(({ field, foldedKey }) => [foldedKey === null ? field : `_keys.${foldedKey}`]),
    ...paths.map((path) => [path, '_id']),
    ...together.filter((group) => group.length > 1).map((group) => [...group, '_id']),
  ];
}
