/** What the tables of a planned read model lack to be captured, as a migration; the tutorial in docs/ says why each. Pure. */
import { PUBLICATION } from '../../services/shared/stream-names.ts';
import { REPLICATOR } from '../../services/write-api/database/roles.ts';
import type { TableFacts } from './table-facts.ts';

/** null: nothing is missing. */
export function migrationText(tables: readonly TableFacts[]): string | null {
  const lines = tables.flatMap(({ table, replicaIdentityFull, isPublished, forbidsTruncate, isReadable }) => [
    ...(replicaIdentityFull ? [] : [`alter table public.${table} replica identity full;`]),
    ...(forbidsTruncate
      ? []
      : [
          `create trigger forbid_truncate before truncate on public.${table}`,
          '  for each statement execute function public.readside_forbid_truncate();',
          `alter table public.${table} enable always trigger forbid_truncate;`,
        ]),
    ...(isPublished ? [] : [`alter publication ${PUBLICATION} add table public.${table};`]),
    ...(isReadable ? [] : [`grant select on public.${table} to ${REPLICATOR};`]),
  ]);
  return lines.length === 0 ? null : `-- Up Migration\n${lines.join('\n')}\n`;
}
