/** The query of the collection's route: either one lookup, or any filters with a page. */
import type { Projection } from '../../shared/projection/projection.ts';
import type { Lookup } from '../../shared/projection/queries.ts';
import type { Order, PageQuery, ParameterValue } from '../readers/reader.ts';
import { askedTerms, foldText } from '../../shared/projection/search.ts';
import { decodeCursor } from './cursor.ts';
import { invalidParameter, invalidParameters } from './invalid-parameter.ts';
import { ENTRY_TYPE, SPAN_TYPES, parameterType } from './parameter-type.ts';
import type { ParameterType } from './parameter-type.ts';

/** As validated: parameters by their names. */
export type RawQuery = Readonly<Record<string, ParameterValue | undefined>>;

export type CollectionQuery =
  | { readonly kind: 'lookup'; readonly lookup: Lookup; readonly value: ParameterValue }
  | {
      readonly kind: 'page';
      readonly page: PageQuery;
      /** Whether the documents are counted too. */
      readonly counts: boolean;
    };

export const RESERVED_PARAMETERS = ['q', 'sort', 'facets', 'limit', 'cursor', 'consistency'] as const;
export const DEFAULT_LIMIT = 20;
export const MAX_LIMIT = 100;
export const MAX_QUERY_LENGTH = 200;
const MAX_TERMS = 10;

/** The types of a projection's own parameters. @throws TypeError when two of them, or one of ours, have the same name. */
export function parameterTypes(projection: Projection): ReadonlyMap<string, ParameterType> {
  const { root, embed = {} } = projection.definition;
  const types = new Map<string, ParameterType>();
  const add = (name: string, type: ParameterType): void => {
    if (types.has(name) || RESERVED_PARAMETERS.some((reserved) => reserved === name))
      throw new TypeError(`projection ${projection.name}: the parameter ${name} has two meanings`);
    types.set(name, type);
  };
  for (const { parameter, field } of projection.lookups)
    add(parameter, parameterType(root.fields[field], parameter));
  for (const { parameter, kind, list, field, span } of projection.filters) {
    if (kind === 'entries' || span !== null) {
      add(parameter, span === null ? ENTRY_TYPE : SPAN_TYPES[span]);
      continue;
    }
    const inner = list === null ? undefined : embed[list];
    const fields = inner?.kind === 'list' ? inner.fields : root.fields;
    add(parameter, parameterType(fields[field], parameter));
  }
  return types;
}

/** @throws ProblemError 400 for a combination without a meaning, and for a cursor that is not of these filters. */
export function readQuery(
  projection: Projection,
  types: ReadonlyMap<string, ParameterType>,
  query: RawQuery,
): CollectionQuery {
  const valueOf = (parameter: string): ParameterValue | undefined => {
    const value = query[parameter];
    return value === undefined ? undefined : (types.get(parameter)?.normalise(value) ?? value);
  };
  const [first] = projection.lookups.filter(({ parameter }) => query[parameter] !== undefined);
  if (first) {
    refuseOthers(query, first.parameter);
    return { kind: 'lookup', lookup: first, value: valueOf(first.parameter) ?? '' };
  }
  const where = projection.filters.flatMap((filter) => {
    const value = valueOf(filter.parameter);
    if (value === undefined) return [];
    return [{ filter, value: filter.folds && typeof value === 'string' ? foldText(value) : value }];
  });
  const listed = { where, terms: termsOf(query['q']), order: orderOf(projection, query['sort']) };
  const cursor = query['cursor'];
  const after = cursor === undefined ? null : decodeCursor(String(cursor), projection, listed);
  const counts = projection.sorts.length > 0 && after === null && query['facets'] !== false;
  return { kind: 'page', page: { ...listed, limit: Number(query['limit'] ?? DEFAULT_LIMIT), after }, counts };
}

function termsOf(q: ParameterValue | undefined): readonly string[] {
  const text = q === undefined ? '' : String(q);
  const terms = askedTerms(text);
  if (terms.length === 0 && text.trim() !== '') throw invalidParameter('q', 'holds no letter and no digit');
  if (terms.length > MAX_TERMS) throw invalidParameter('q', `has more than ${MAX_TERMS} words`);
  return terms;
}

/** `sort`: a name, with - before it the other way round; validated. */
function orderOf({ sorts }: Projection, sort: ParameterValue | undefined): Order {
  const name = sort === undefined ? undefined : String(sort);
  const found = name === undefined ? sorts[0] : sorts.find((each) => each.name === name.replace(/^-/, ''));
  return found ? { sort: found, direction: name?.startsWith('-') ? -1 : 1 } : null;
}

function refuseOthers(query: RawQuery, lookup: string): void {
  const others = Object.entries(query)
    .filter(([name, value]) => value !== undefined && name !== lookup && name !== 'consistency')
    .map(([name]) => [name, `cannot be combined with ${lookup}`] as const);
  if (others.length > 0) throw invalidParameters(others);
}
