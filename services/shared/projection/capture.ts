/** What the connector must capture for a stream: the tables, and which column's value keys (and so partitions) them. */
import type { ProjectionDefinition } from './definition.ts';
import { columnOf } from './row-decoder.ts';

export interface CapturedTable {
  /** Without its schema, which is `public`. */
  readonly table: string;
  /** The column whose value is the message key: the id of the document that the row belongs to. */
  readonly keyColumn: string;
  /** In whose order a snapshot must read the rows of a key; left out: in any. */
  readonly orderColumn?: string;
}

/** Tables in the order of first mention, root first. */
export function compileCapture(definition: ProjectionDefinition): readonly CapturedTable[] {
  const { root } = definition;
  const key = root.fields[root.key];
  if (!key) throw new TypeError(`${definition.name}: the key ${root.key} is not among the fields`);
  const position = root.kind === 'folded' ? root.fields[root.position] : undefined;
  return [
    {
      table: root.table,
      keyColumn: columnOf(root.key, key),
      ...(root.kind === 'folded' && position && { orderColumn: columnOf(root.position, position) }),
    },
    ...Object.values(definition.embed ?? {}).map((each) => ({ table: each.table, keyColumn: each.parent })),
  ];
}
