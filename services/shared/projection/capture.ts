/** What the connector must capture for a stream: the tables, which column's value keys them, and which one partitions them. */
import type { ProjectionDefinition } from './definition.ts';
import type { References } from './references.ts';
import { columnOf } from './row-decoder.ts';

export interface CapturedTable {
  /** Without its schema, which is `public`. */
  readonly table: string;
  /** The column whose value is the message key: the id of the document that the row belongs to, or the row's own where others refer to it. */
  readonly keyColumn: string;
  /** Absent: the key chooses the partition. */
  readonly partitioned?: {
    readonly column: string;
    readonly into: number;
  };
  /** In whose order a snapshot must read the rows of a key; left out: in any. */
  readonly orderColumn?: string;
}

/** Tables in the order of first mention, root first; those that are referred to last. */
export function compileCapture(
  definition: ProjectionDefinition,
  references: References | null,
): readonly CapturedTable[] {
  const { root } = definition;
  const key = root.fields[root.key];
  if (!key) throw new TypeError(`${definition.name}: the key ${root.key} is not among the fields`);
  const found = partitioningOf(definition);
  const partitioned = found && { partitioned: found };
  const position = root.kind === 'folded' ? root.fields[root.position] : undefined;
  return [
    {
      table: root.table,
      keyColumn: columnOf(root.key, key),
      ...partitioned,
      ...(root.kind === 'folded' && position && { orderColumn: columnOf(root.position, position) }),
    },
    ...Object.values(definition.embed ?? {}).map((each) => ({
      table: each.table,
      keyColumn: each.parent,
      ...partitioned,
    })),
    ...[...(references?.tables.values() ?? [])].map(({ table, keyColumn }) => ({ table, keyColumn })),
  ];
}

/** The column by which the stream is partitioned; undefined: it is by the documents' ids. */
export function partitioningOf({ root, partitioned }: ProjectionDefinition): CapturedTable['partitioned'] {
  const type = root.fields[partitioned?.by ?? ''];
  return partitioned && type && { column: columnOf(partitioned.by, type), into: partitioned.into };
}
