/** What documents of a projection are found, sorted and counted by, resolved to where the values stand in a stored document. */
import { filterPath } from './definition.ts';
import type { ProjectionDefinition, TimeSpan } from './definition.ts';
import { entriesPath, foldedList, foldedPath } from './search.ts';
import type { Searched } from './search.ts';

/** Finds at most one live document. */
export interface Lookup {
  readonly parameter: string;
  /** The root field. */
  readonly field: string;
  /** Field under `_keys` that holds the folded value, when case is ignored; else null. */
  readonly foldedKey: string | null;
}

/** What stands at a path of the definition. */
export interface Place {
  /** `entries`: of a map, and its value is one of them, as `key:value`. */
  readonly kind: 'field' | 'element' | 'entries';
  /** The embedded list whose one element it is a field of; else null. */
  readonly list: string | null;
  /** Of the root, or of the list's elements; or the map's name. */
  readonly field: string;
  /** In the stored document. */
  readonly path: string;
}

/** Selects documents by equality. */
export interface Filter extends Place {
  readonly parameter: string;
  /** What its value tells of the timestamp that stands there: as far as the text of one goes; null: all of what stands there. */
  readonly span: TimeSpan | null;
  /** The list's own place in the stored document; null where there is none. */
  readonly listPath: string | null;
  /** What stands there is folded (search.ts). */
  readonly folds: boolean;
}

/** An order of all documents; those that are the same in it are in the order of their ids. */
export interface Sort {
  readonly name: string;
  /** In the stored document; always there, and never null. */
  readonly path: string;
}

/** Values that documents are counted by. */
export interface Facet extends Place {
  readonly name: string;
}

export function compileLookups(definition: ProjectionDefinition): readonly Lookup[] {
  return Object.entries(definition.lookups ?? {}).map(([parameter, { field, ignoreCase }]) => ({
    parameter,
    field,
    foldedKey: ignoreCase ? field : null,
  }));
}

export function compileFilters(definition: ProjectionDefinition, searched: Searched): readonly Filter[] {
  return Object.entries(definition.filters ?? {}).map(([parameter, written]) => {
    const place = placeOf(definition, filterPath(written));
    const span = typeof written === 'string' ? null : written.span;
    const { kind, list, field } = place;
    const listPath = list === null ? null : foldedList(searched, list, field);
    const ownPath = kind === 'field' ? foldedPath(searched, field) : place.path;
    const path = listPath === null ? ownPath : `${listPath}.${field}`;
    return { ...place, parameter, span, listPath, path, folds: kind !== 'entries' && path !== place.path };
  });
}

export function compileSorts({ search }: ProjectionDefinition, searched: Searched): readonly Sort[] {
  return Object.entries(search?.sorts ?? {}).map(([name, field]) => ({
    name,
    path: foldedPath(searched, field),
  }));
}

export function compileFacets(definition: ProjectionDefinition): readonly Facet[] {
  return Object.entries(definition.search?.facets ?? {}).map(([name, path]) => ({
    name,
    ...placeOf(definition, path),
  }));
}

function placeOf({ embed = {} }: ProjectionDefinition, path: string): Place {
  const [first = '', second] = path.split('.');
  if (second !== undefined) return { kind: 'element', list: first, field: second, path };
  if (embed[first]?.kind === 'map')
    return { kind: 'entries', list: null, field: first, path: entriesPath(first) };
  return { kind: 'field', list: null, field: first, path };
}

/** What two spellings of one value have in common where case is ignored. */
export function foldCase(value: string): string {
  return value.toLowerCase();
}

/** Ascending index keys on the stored document, in order. */
export type IndexSpec = readonly string[];

/**
 * One index a lookup, a filter (with the usual order) and a sort, one over all filters of a list together, and one of the words; `_id` last
 * serves the keyset pages. What two of them need is one.
 */
export function compileIndexes(
  lookups: readonly Lookup[],
  filters: readonly Filter[],
  sorts: readonly Sort[],
  { wordPaths }: Searched,
): readonly IndexSpec[] {
  // Two maps cannot stand in one index, each having many values.
  const joined = filters.filter(({ kind }) => kind !== 'entries');
  const together = [...new Set(joined.map(({ listPath }) => listPath))].map((listPath) =>
    unique(joined.filter((filter) => filter.listPath === listPath).map(({ path }) => path)),
  );
  // A page of what has one value is then read in the order that it is shown in, and no more than the page.
  const usualOrder = sorts.slice(0, 1).map(({ path }) => path);
  const indexes: readonly IndexSpec[] = [
    ...lookups.map(({ field, foldedKey }) => [foldedKey === null ? field : `_keys.${foldedKey}`]),
    ...filters.map(({ path }) => unique([path, ...usualOrder, '_id'])),
    ...together.filter((group) => group.length > 1).map((group) => [...group, '_id']),
    ...wordPaths.map((path) => [path]),
    ...sorts.map(({ path }) => [path, '_id']),
  ];
  return [...new Map(indexes.map((each) => [each.join(), each])).values()];
}

function unique(paths: readonly string[]): readonly string[] {
  return [...new Set(paths)];
}
