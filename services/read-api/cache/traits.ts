/**
 * The values of a document by which a list can have been asked for. A list shows of every document with such a value what it is like now: those
 * that are in it by being there, and those that were in it by being absent. Pure.
 */
import type { Projection } from '../../shared/projection/projection.ts';
import type { Selection } from '../readers/reader.ts';

export interface Traits {
  /** Of a document's JSON. */
  of(this: void, body: string): readonly string[];
  /** One that every document of the selection has; null: it is asked for by something else. */
  asked(this: void, where: Selection['where']): string | null;
}

/** What stands in the JSON as it is asked for. */
const PLAIN_TYPES: ReadonlySet<string | undefined> = new Set(['uuid', 'text']);

export function createTraits({ filters, definition: { root } }: Projection): Traits {
  const plain = filters.filter(
    ({ kind, span, folds, field }) =>
      kind === 'field' && span === null && !folds && PLAIN_TYPES.has(root.fields[field]?.name),
  );
  const fields = new Set(plain.map(({ field }) => field));
  return {
    of(body) {
      if (fields.size === 0) return [];
      const document = JSON.parse(body) as Readonly<Record<string, unknown>>;
      return [...fields].map((field) => traitOf(field, document[field]));
    },
    asked(where) {
      const found = where.find(({ filter }) => plain.includes(filter));
      return found ? traitOf(found.filter.field, found.value) : null;
    },
  };
}

function traitOf(field: string, value: unknown): string {
  return `${field}=${String(value)}`;
}
