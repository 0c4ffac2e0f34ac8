/** Rows for the scenarios, with fixed ids and times, so that recording again changes little. */
import type pg from 'pg';

export const userId = (n: number): string => `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const addressId = (n: number): string => `aaaaaaaa-0000-7000-8000-${String(n).padStart(12, '0')}`;
export const AT = '2026-11-23T18:00:00.123456Z';

type Columns = Readonly<Record<string, unknown>>;

/** Inserts one row of the given columns. */
export async function insert(client: pg.Client, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns).map((name) => `"${name}"`);
  const places = names.map((_, i) => `$${i + 1}`);
  await client.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`,
    Object.values(columns),
  );
}

export async function insertUser(client: pg.Client, id: string, columns: Columns = {}): Promise<void> {
  const email = `${id}@example.com`;
  await insert(client, 'users', { id, email, full_name: 'Ada', created_at: AT, updated_at: AT, ...columns });
}

export async function insertAddress(
  client: pg.Client,
  user: string,
  id: string,
  columns: Columns = {},
): Promise<void> {
  await insert(client, 'addresses', {
    id,
    user_id: user,
    label: 'home',
    line1: '1 rue de la Paix',
    city: 'Paris',
    country: 'FR',
    created_at: AT,
    updated_at: AT,
    ...columns,
  });
}

/** `json`: the text of the value, as it is sent. */
export async function insertPreference(
  client: pg.Client,
  user: string,
  key: string,
  json: string,
): Promise<void> {
  await insert(client, 'preferences', { user_id: user, key, value: json, updated_at: AT });
}
