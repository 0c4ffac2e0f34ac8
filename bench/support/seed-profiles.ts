/** Users with two addresses and four preferences each, written to Postgres and brought to MongoDB by the pipeline itself. */
import type { Collection } from 'mongodb';
import type pg from 'pg';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { waitFor } from '../../stack/wait.ts';

const IN_A_TRANSACTION = 1000;
const DEADLINE_MS = 240_000;

/** Their ids, in no order. */
export async function seedProfiles(
  sql: pg.Client,
  documents: Collection<StoredDocument>,
  users: number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids: string[] = [];
  const run = `read-${Date.now()}`;
  for (let at = 0; at < users; at += IN_A_TRANSACTION) {
    await sql.query('begin');
    const { rows } = await sql.query<{ id: string }>(
      `insert into users (id, email, full_name, display_name, bio, locale)
       select gen_random_uuid(), gen_random_uuid() || '@example.com', 'Ada Lovelace', $2,
         'Some words about a person, as long as such words are.', 'en-GB'
       from generate_series(1, $1) returning id::text as id`,
      [Math.min(IN_A_TRANSACTION, users - at), run],
    );
    const added = rows.map(({ id }) => id);
    await sql.query(
      `insert into addresses (user_id, label, line1, city, postal_code, country, is_primary)
       select id, 'home ' || k, k || ' rue de la Paix', 'Paris', '75002', 'FR', k = 1 from unnest($1::uuid[]) id, generate_series(1, 2) k`,
      [added],
    );
    await sql.query(
      `insert into preferences (user_id, key, value)
       select id, 'key' || k, jsonb_build_object('on', true, 'since', k) from unnest($1::uuid[]) id, generate_series(1, 4) k`,
      [added],
    );
    await sql.query('commit');
    ids.push(...added);
  }
  await sql.query('analyze users, addresses, preferences');
  await waitFor(
    `${users} whole documents`,
    async () =>
      (await documents.countDocuments({
        displayName: run,
        'addresses.1': { $exists: true },
        'preferences.key4': { $exists: true },
      })) === users,
    { timeoutMs: DEADLINE_MS, intervalMs: 500, signal },
  );
  return ids;
}
