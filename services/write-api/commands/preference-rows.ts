/** The rows of a user's preferences. Assumes that the user is locked; leaves the version to the command. */
import type { SqlClient } from '../database/sql-client.ts';
import { stringifyLossless } from '../../shared/lossless-json.ts';
import { parseJson } from '../json.ts';
import type { Json } from '../json.ts';
import { Refusal } from './refusal.ts';

export const MAX_PREFERENCES = 500;
/**
 * In bytes of text as Postgres prints it, where 1e400 has 401 digits. All preferences of a user go into one MongoDB
 * document of at most 16 MiB, and BSON takes up to seven times the text's size.
 */
export const MAX_VALUE_BYTES = 64 * 1024;
export const MAX_ALL_VALUES_BYTES = 2 * 1024 * 1024;

/**
 * Writes those of `values` that differ from their row.
 * @throws Refusal when a value, or all of them together, get too large, or too many.
 */
export async function upsertPreferences(
  client: SqlClient,
  userId: string,
  values: ReadonlyMap<string, Json>,
): Promise<void> {
  if (values.size === 0) return;
  // Compared as text: to jsonb 1.1 and 1.10 are equal, but the document shows which one it is.
  const { rows } = await client.query<{ key: string; bytes: number }>(
    `insert into public.preferences as kept (user_id, key, value, updated_at)
     select $1, given.key, given.value::jsonb, statement_timestamp()
     from unnest($2::text[], $3::text[]) as given (key, value)
     on conflict (user_id, key) do update set value = excluded.value, updated_at = excluded.updated_at
     where kept.value::text is distinct from excluded.value::text
     returning key, octet_length(value::text) as bytes`,
    [userId, [...values.keys()], [...values.values()].map(stringifyLossless)],
  );
  const tooLarge = rows.filter(({ bytes }) => bytes > MAX_VALUE_BYTES).map(({ key }) => JSON.stringify(key));
  if (tooLarge.length > 0) {
    const detail = `a preference has at most ${MAX_VALUE_BYTES} bytes, not so ${tooLarge.join(', ')}`;
    throw new Refusal('limit-exceeded', detail);
  }
  if (rows.length > 0) await refuseTooMuch(client, userId);
}

async function refuseTooMuch(client: SqlClient, userId: string): Promise<void> {
  const { rows } = await client.query<{ count: number; bytes: number }>(
    `select count(*)::integer as count, coalesce(sum(octet_length(value::text)), 0)::integer as bytes
     from public.preferences where user_id = $1`,
    [userId],
  );
  const { count, bytes } = rows[0] ?? { count: 0, bytes: 0 };
  if (count > MAX_PREFERENCES) {
    throw new Refusal('limit-exceeded', `a user has at most ${MAX_PREFERENCES} preferences`);
  }
  if (bytes > MAX_ALL_VALUES_BYTES) {
    throw new Refusal(
      'limit-exceeded',
      `a user’s preferences have at most ${MAX_ALL_VALUES_BYTES} bytes together`,
    );
  }
}

/** Those of `keys` that there are, with their values. */
export async function readPreferences(
  client: SqlClient,
  userId: string,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Json>> {
  const { rows } = await client.query<{ key: string; value: string }>(
    'select key, value::text as value from public.preferences where user_id = $1 and key = any($2::text[])',
    [userId, keys],
  );
  return new Map(rows.map(({ key, value }) => [key, parseJson(value)]));
}

/** Answers how many there were. */
export async function deletePreferences(
  client: SqlClient,
  userId: string,
  keys: readonly string[],
): Promise<number> {
  if (keys.length === 0) return 0;
  const { rowCount } = await client.query(
    'delete from public.preferences where user_id = $1 and key = any($2::text[])',
    [userId, keys],
  );
  return rowCount ?? 0;
}

export async function deletePreferencesExcept(
  client: SqlClient,
  userId: string,
  kept: readonly string[],
): Promise<void> {
  await client.query('delete from public.preferences where user_id = $1 and key <> all($2::text[])', [
    userId,
    kept,
  ]);
}
