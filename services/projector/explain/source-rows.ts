/**
 * What the source view says of a document, taken apart by the tables that it comes from. Not the tables themselves: whoever may read documents
 * may read the view alone. Pure.
 */
import type { ProjectionDefinition } from '../../shared/projection/definition.ts';
import type { PrintedEvent } from '../../shared/projection/fold.ts';

type Row = Readonly<Record<string, unknown>>;
export type SourceRows = Readonly<Record<string, readonly Row[]>>;

/** `printed`: as the view prints it. */
export function rowsOf(
  {
    root,
    embed = {},
  }: Pick<ProjectionDefinition, 'embed'> & {
    readonly root: { readonly table: string; readonly kind?: string };
  },
  printed: unknown,
): SourceRows {
  if (root.kind === 'folded') return { [root.table]: (printed as readonly PrintedEvent[]).map(toRow) };
  const values = printed as Row;
  const own = Object.entries(values).filter(([name]) => !(name in embed));
  const rows: Record<string, readonly Row[]> = { [root.table]: [Object.fromEntries(own)] };
  for (const [name, { kind, table }] of Object.entries(embed)) {
    const those = kind === 'list' ? (values[name] as readonly Row[]) : entriesOf(values[name] as Row);
    rows[table] = [...(rows[table] ?? []), ...those];
  }
  return rows;
}

function toRow({ position, event }: PrintedEvent): Row {
  return { position, ...event };
}

function entriesOf(map: Row): readonly Row[] {
  return Object.entries(map).map(([key, value]) => ({ key, value }));
}
