/** The rows of a user's addresses. Assumes that the user is locked; leaves the version to the command. */
import type { SqlClient } from '../database/sql-client.ts';
import { Refusal } from './refusal.ts';

export interface AddressFields {
  readonly label: string;
  readonly line1: string;
  readonly line2: string | null;
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly country: string;
  readonly isPrimary: boolean;
}
export interface Address extends AddressFields {
  readonly id: string;
}

export const MAX_ADDRESSES = 100;

/** Lists go to Postgres as one JSON parameter, read by this row type. */
const RECORD = `(id uuid, label text, line1 text, line2 text, city text, region text, "postalCode" text,
  country char(2), "isPrimary" boolean)`;

/** Writes new rows in the given order and answers their ids in that order. */
export async function insertAddresses(
  client: SqlClient,
  userId: string,
  addresses: readonly AddressFields[],
): Promise<readonly string[]> {
  if (addresses.length === 0) return [];
  const { rows } = await client.query<{ id: string }>(
    `insert into public.addresses
       (user_id, label, line1, line2, city, region, postal_code, country, is_primary, created_at, updated_at)
     select $1, label, line1, line2, city, region, "postalCode", country, "isPrimary",
            statement_timestamp(), statement_timestamp()
     from jsonb_to_recordset($2::jsonb) as given ${RECORD}
     returning id`,
    [userId, JSON.stringify(addresses)],
  );
  return rows.map(({ id }) => id);
}

/** Writes those of the given addresses that differ from their row. */
export async function updateAddresses(
  client: SqlClient,
  userId: string,
  addresses: readonly Address[],
): Promise<void> {
  // The index on the primary address is checked row by row: let go of the old one before the new one takes its place.
  const releasedFirst = [
    addresses.filter(({ isPrimary }) => !isPrimary),
    addresses.filter(({ isPrimary }) => isPrimary),
  ];
  for (const group of releasedFirst.filter(({ length }) => length > 0)) {
    await client.query(
      `update public.addresses as kept
       set label = given.label, line1 = given.line1, line2 = given.line2, city = given.city, region = given.region,
           postal_code = given."postalCode", country = given.country, is_primary = given."isPrimary",
           updated_at = statement_timestamp()
       from jsonb_to_recordset($2::jsonb) as given ${RECORD}
       where kept.user_id = $1 and kept.id = given.id
         and (kept.label, kept.line1, kept.line2, kept.city, kept.region, kept.postal_code, kept.country, kept.is_primary)
             is distinct from
             (given.label, given.line1, given.line2, given.city, given.region, given."postalCode", given.country,
              given."isPrimary")`,
      [userId, JSON.stringify(group)],
    );
  }
}

/** Which of `ids` are addresses of this user. */
export async function ownAddressIds(
  client: SqlClient,
  userId: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (ids.length === 0) return new Set();
  const { rows } = await client.query<{ id: string }>(
    'select id from public.addresses where user_id = $1 and id = any($2::uuid[])',
    [userId, ids],
  );
  return new Set(rows.map(({ id }) => id));
}

export async function deleteAddressesExcept(
  client: SqlClient,
  userId: string,
  kept: readonly string[],
): Promise<void> {
  await client.query('delete from public.addresses where user_id = $1 and id <> all($2::uuid[])', [
    userId,
    kept,
  ]);
}

export async function refuseTooManyAddresses(client: SqlClient, userId: string): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::integer as count from public.addresses where user_id = $1',
    [userId],
  );
  if ((rows[0]?.count ?? 0) > MAX_ADDRESSES) {
    throw new Refusal('limit-exceeded', `a user has at most ${MAX_ADDRESSES} addresses`);
  }
}
