/** What the read models must say, as SQL written by hand and apart from the projection language: an oracle that shares no code with it. */
import type { Pool } from 'pg';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { differences } from './same-json.ts';

const time = (column: string): string =>
  `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const PREFERENCES =
  "coalesce((select json_object_agg(p.key, p.value) from preferences p where p.user_id = u.id), '{}'::json)";

const addressesOf = (fields: string): string => `coalesce((
  select json_agg(json_build_object(${fields}) order by a.created_at, a.id) from addresses a where a.user_id = u.id
), '[]'::json)`;

/** An entry of the directory. */
export const ENTRY = `json_build_object(
  'id', u.id, 'email', u.email, 'fullName', u.full_name, 'displayName', u.display_name, 'avatarUrl', u.avatar_url,
  'status', u.status, 'version', u.version, 'createdAt', ${time('u.created_at')},
  'addresses', ${addressesOf(`'id', a.id, 'city', a.city, 'country', a.country, 'createdAt', ${time('a.created_at')}`)},
  'preferences', ${PREFERENCES})`;

/** The profile page. */
export const PROFILE = `json_build_object(
  'id', u.id, 'email', u.email, 'fullName', u.full_name, 'displayName', u.display_name, 'phone', u.phone,
  'avatarUrl', u.avatar_url, 'bio', u.bio, 'locale', u.locale, 'status', u.status, 'version', u.version,
  'createdAt', ${time('u.created_at')}, 'updatedAt', ${time('u.updated_at')},
  'addresses', ${addressesOf(`
    'id', a.id, 'label', a.label, 'line1', a.line1, 'line2', a.line2, 'city', a.city, 'region', a.region,
    'postalCode', a.postal_code, 'country', a.country, 'isPrimary', a.is_primary,
    'createdAt', ${time('a.created_at')}, 'updatedAt', ${time('a.updated_at')}`)},
  'preferences', ${PREFERENCES})`;

/** User's id → JSON text. */
export async function inSql(sql: Pool, document: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql.query<{ id: string; document: string }>(
    `select u.id::text as id, (${document})::text as document from users u`,
  );
  return new Map(rows.map((row) => [row.id, row.document]));
}

/** A line each document that is missing, extra or different. */
export function wrongAmong(
  expected: ReadonlyMap<string, string>,
  served: ReadonlyMap<string, unknown>,
): readonly string[] {
  const extra = [...served.keys()].filter((id) => !expected.has(id)).map((id) => `${id}: extra`);
  const others = [...expected].flatMap(([id, document]) => {
    if (!served.has(id)) return [`${id}: missing`];
    const found = differences(parseLossless(document), served.get(id));
    return found.length === 0 ? [] : [`${id}: ${found.slice(0, 3).join('; ')}`];
  });
  return [...extra, ...others];
}
