/** Rows written by plain SQL, as a batch job or a person at psql would: any writer counts. */
import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool, PoolClient } from 'pg';

type Client = ClientBase | Pool;
type Columns = Readonly<Record<string, unknown>>;

/** Returns the new user's id. */
export async function addUser(client: Client, columns: Columns = {}): Promise<string> {
  const id = randomUUID();
  await insert(client, 'users', { id, email: `${id}@example.com`, full_name: 'Ada', ...columns });
  return id;
}

/** Returns the new address's id. */
export async function addAddress(client: Client, userId: string, columns: Columns = {}): Promise<string> {
  const id = randomUUID();
  const address = { label: 'home', line1: '1 rue de la Paix', city: 'Paris', country: 'FR' };
  await insert(client, 'addresses', { id, user_id: userId, ...address, ...columns });
  return id;
}

/** `json`: the value's text, as it is sent. */
export async function addPreference(
  client: Client,
  userId: string,
  key: string,
  json: string,
): Promise<void> {
  await insert(client, 'preferences', { user_id: userId, key, value: json });
}

/** Runs `work` between begin and commit, on a connection of its own; rolls back when it throws. */
export async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
    broken = false;
  } finally {
    client.release(broken); // a closed connection rolls back
  }
}

async function insert(client: Client, table: string, columns: Columns): Promise<void> {
  const names = Object.keys(columns);
  const places = names.map((_, i) => `$${i + 1}`);
  await client.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`,
    Object.values(columns),
  );
}
