/** What the connector must capture for a stream: the tables, and which column's value keys (and so partitions) them. */
import type { ProjectionDefinition } from './definition.ts';
import type { References } from './references.ts';
import { columnOf } from './row-decoder.ts';

export interface CapturedTable {
  /** Without its schema, which is `public`. */
  readonly table: string;
  /** The column whose value is the message key: the id of the document that the row belongs to, or the row's own where others refer to it. */
  readonly keyColumn: string;
}

/** Tables in the order of first mention, root first; those that are referred to last. */
export function compileCapture(
  definition: ProjectionDefinition,
  references: References | null,
): readonly CapturedTable[] {
  const { root } = definition;
  const key = root.fields[root.key];
  if (!key) throw new TypeError(`${definition.name}: the key ${root.key} is not among the fields`);
  return [
    { table: root.table, keyColumn: columnOf(root.key, key) },
    ...Object.values(definition.embed ?? {}).map((each) => ({ table: each.table, keyColumn: each.parent })),
    ...[...(references?.tables.values() ?? [])].map(({ table, keyColumn }) => ({ table, keyColumn })),
  ];
}
