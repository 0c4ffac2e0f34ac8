/** The order of a list's elements, as the source view orders them. */
import type { ListDefinition } from './definition.ts';
import { text } from './field-types.ts';

type Element = Readonly<Record<string, unknown>>;

/** Below 0: `a` stands before `b`. */
export function elementOrder({ orderBy, fields }: ListDefinition): (a: Element, b: Element) => number {
  const order = orderBy.map((field) => ({ field, compare: (fields[field] ?? text).compare }));
  return (a, b) => {
    for (const { field, compare } of order) {
      const difference = compare(a[field], b[field]);
      if (difference !== 0) return difference;
    }
    return 0;
  };
}
