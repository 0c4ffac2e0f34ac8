/** What the tables of a planned read model lack to be captured, as a migration; the tutorial in docs/ says why each. Pure. */
import { escapeIdentifier } from 'pg';
import { PUBLICATION } from '../../services/shared/stream-names.ts';
import { REPLICATOR } from '../../services/shared/foundation/roles.ts';
import type { TableFacts } from './table-facts.ts';

/** null: nothing is missing. */
export function migrationText(tables: readonly TableFacts[]): string | null {
  const lines = tables.flatMap(linesOf);
  return lines.length === 0 ? null : `-- Up Migration\n${lines.join('\n')}\n`;
}

function linesOf(facts: TableFacts): readonly string[] {
  const { replicaIdentityFull, isPublished, forbidsTruncate, isReadable } = facts;
  const table = `public.${escapeIdentifier(facts.table)}`;
  return [
    ...(replicaIdentityFull ? [] : [`alter table ${table} replica identity full;`]),
    ...(forbidsTruncate
      ? []
      : [
          `create trigger forbid_truncate before truncate on ${table}`,
          '  for each statement execute function public.readside_forbid_truncate();',
          `alter table ${table} enable always trigger forbid_truncate;`,
        ]),
    ...(isPublished ? [] : [`alter publication ${PUBLICATION} add table ${table};`]),
    ...(isReadable ? [] : [`grant select on ${table} to ${REPLICATOR};`]),
  ];
}
