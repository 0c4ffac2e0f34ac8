/** Creates or replaces the source view of a projection, as the owner of the tables. */
import pg from 'pg';
import { viewMark } from './check/view-mark.ts';
import { OWNER } from './foundation/roles.ts';
import type { Projection } from './projection/projection.ts';

/** `adminUrl`: of a role that may become readside_owner. Readers see the old view or the new one, never none. */
export async function installSourceViews(
  adminUrl: string,
  projections: readonly Projection[],
): Promise<void> {
  const client = new pg.Client({
    connectionString: adminUrl,
    application_name: 'readside-migrate',
    connectionTimeoutMillis: 10_000,
  });
  await client.connect();
  try {
    for (const { sourceView } of projections) {
      const marked = `${sourceView.sql}; comment on view ${sourceView.name} is '${viewMark(sourceView)}'`;
      await client.query(`begin; set local role ${OWNER}; ${marked}; commit`);
    }
  } finally {
    await client.end();
  }
}
