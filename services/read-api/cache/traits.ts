/**
 * The values of a document by which a list can have been asked for. A list shows of every document with such a value what it is like now: those
 * that are in it by being there, and those that were in it by being absent. Pure.
 */
import type { Filter } from '../../shared/projection/queries.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import type { Selection } from '../readers/reader.ts';

export interface Traits {
  /** Of a document's JSON. */
  of(this: void, body: string): readonly string[];
  /** One that every document of the selection has; null: it is asked for by something else. */
  asked(this: void, where: Selection['where']): string | null;
  /** null: the documents are in no order that goes beyond each of them, or no list is asked for by it. */
  readonly owner: OwnerTraits | null;
}

/** The value by which the stream is partitioned: no change of a row changes it, so that documents seldom go from one owner to another. */
export interface OwnerTraits {
  /** Where it stands in the stored document. */
  readonly path: string;
  /** Of what stands there; null: nothing does. */
  trait(this: void, value: unknown): string | null;
  /** Of a document's JSON. */
  of(this: void, body: string): string;
  /** null: the selection is not of one owner's documents. */
  asked(this: void, where: Selection['where']): string | null;
}

/** What stands in the JSON as it is asked for. */
const PLAIN_TYPES: ReadonlySet<string | undefined> = new Set(['uuid', 'text']);

export function createTraits({ filters, definition: { root, partitioned } }: Projection): Traits {
  const plain = filters.filter(
    ({ kind, span, folds, field }) =>
      kind === 'field' && span === null && !folds && PLAIN_TYPES.has(root.fields[field]?.name),
  );
  const fields = new Set(plain.map(({ field }) => field));
  const owner = ownerTraits(plain.filter(({ field }) => field === partitioned?.by));
  const askedPlainly = askedBy(plain);
  return {
    owner,
    of(body) {
      if (fields.size === 0) return [];
      const document = parse(body);
      return [...fields].map((field) => traitOf(field, document[field]));
    },
    // An owner's documents are fewer as a rule than those with another value.
    asked: (where) => owner?.asked(where) ?? askedPlainly(where),
  };
}

function ownerTraits(filters: readonly Filter[]): OwnerTraits | null {
  const [first] = filters;
  if (!first) return null;
  const { field, path } = first;
  return {
    path,
    trait: (value) => (typeof value === 'string' ? traitOf(field, value) : null),
    of: (body) => traitOf(field, parse(body)[field]),
    asked: askedBy(filters),
  };
}

function askedBy(filters: readonly Filter[]): Traits['asked'] {
  return (where) => {
    const found = where.find(({ filter }) => filters.includes(filter));
    return found ? traitOf(found.filter.field, found.value) : null;
  };
}

function parse(body: string): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}

function traitOf(field: string, value: unknown): string {
  return `${field}=${String(value)}`;
}
