/**
 * The write API as it is written down in an afternoon: Fastify, pg, and for each command the statements that ours sends, in one transaction.
 * No schema is checked, no number keeps its text, nothing is tried again, told or counted. Argument: the database's URL. Prints its port.
 */
import Fastify from 'fastify';
import { Pool } from 'pg';
import type { PoolClient } from 'pg';

interface Address {
  readonly id?: string;
  readonly label: string;
  readonly line1: string;
  readonly city: string;
  readonly country: string;
  readonly isPrimary?: boolean;
}
type Values = Readonly<Record<string, unknown>>;
interface User {
  readonly email: string;
  readonly fullName: string;
  readonly addresses: readonly Address[];
  readonly preferences: Values;
}
/** Whatever the route's is: nothing is checked. */
type Body = Values & User & Address & { readonly displayName: string; readonly value: unknown };
interface Row {
  readonly id: string;
  readonly version: number;
}

const [databaseUrl = ''] = process.argv.slice(2);
const pool = new Pool({ connectionString: databaseUrl, max: 10 });
const app = Fastify();

function route(
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE',
  url: string,
  command: (
    client: PoolClient,
    params: Readonly<Record<string, string>>,
    body: Body,
  ) => Promise<Row | undefined>,
): void {
  app.route<{ Body: Body; Params: Record<string, string> }>({
    method,
    url,
    handler: async ({ params, body }, reply) => {
      const client = await pool.connect();
      try {
        await client.query('begin');
        if (params['id'] !== undefined) await lock(client, params['id']);
        const row = await command(client, params, body);
        await client.query('commit');
        reply.code(method === 'POST' ? 201 : 200);
        return row;
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  });
}

async function lock(client: PoolClient, id: string): Promise<void> {
  const { rows } = await client.query('select version from public.users where id = $1 for update', [id]);
  if (rows.length === 0) throw new Error(`there is no user ${id}`);
}

async function bump(
  client: PoolClient,
  id: string,
  set = '',
  values: readonly unknown[] = [],
): Promise<Row | undefined> {
  const { rows } = await client.query<Row>(
    `update public.users set ${set} version = version + 1, updated_at = statement_timestamp()
     where id = $1 returning id, version`,
    [id, ...values],
  );
  return rows[0];
}

const RECORD = `(id uuid, label text, line1 text, line2 text, city text, region text, "postalCode" text,
  country char(2), "isPrimary" boolean)`;

async function addAddresses(client: PoolClient, id: string, addresses: readonly Address[]): Promise<void> {
  await client.query(
    `insert into public.addresses
       (user_id, label, line1, line2, city, region, postal_code, country, is_primary, created_at, updated_at)
     select $1, label, line1, line2, city, region, "postalCode", country, coalesce("isPrimary", false),
            statement_timestamp(), statement_timestamp()
     from jsonb_to_recordset($2::jsonb) as given ${RECORD} returning id`,
    [id, JSON.stringify(addresses)],
  );
}

async function changeAddresses(client: PoolClient, id: string, addresses: readonly Address[]): Promise<void> {
  await client.query('select id from public.addresses where user_id = $1 and id = any($2::uuid[])', [
    id,
    addresses.map((each) => each.id),
  ]);
  await client.query(
    `update public.addresses as kept
     set label = given.label, line1 = given.line1, line2 = given.line2, city = given.city, region = given.region,
         postal_code = given."postalCode", country = given.country,
         is_primary = coalesce(given."isPrimary", false), updated_at = statement_timestamp()
     from jsonb_to_recordset($2::jsonb) as given ${RECORD} where kept.user_id = $1 and kept.id = given.id`,
    [id, JSON.stringify(addresses)],
  );
}

async function setPreferences(client: PoolClient, id: string, values: Values): Promise<void> {
  await client.query(
    `insert into public.preferences as kept (user_id, key, value, updated_at)
     select $1, given.key, given.value::jsonb, statement_timestamp()
     from unnest($2::text[], $3::text[]) as given (key, value)
     on conflict (user_id, key) do update set value = excluded.value, updated_at = excluded.updated_at
     where kept.value::text is distinct from excluded.value::text
     returning key, octet_length(value::text) as bytes`,
    [id, Object.keys(values), Object.values(values).map((value) => JSON.stringify(value))],
  );
  await client.query(
    `select count(*)::integer as count, coalesce(sum(octet_length(value::text)), 0)::integer as bytes
     from public.preferences where user_id = $1`,
    [id],
  );
}

route('POST', '/users', async (client, _params, { email, fullName, addresses, preferences }) => {
  const { rows } = await client.query<Row>(
    `insert into public.users (version, email, full_name, display_name, phone, avatar_url, bio, locale, status)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id, version`,
    [0, email, fullName, null, null, null, null, null, 'active'],
  );
  const id = rows[0]?.id ?? '';
  await addAddresses(client, id, addresses);
  await setPreferences(client, id, preferences);
  return bump(client, id);
});
route('PATCH', '/users/:id', (client, { id = '' }, { displayName }) =>
  bump(client, id, 'display_name = $2,', [displayName]),
);
route('PUT', '/users/:id/profile', async (client, { id = '' }, user) => {
  const kept = user.addresses.filter((each) => each.id !== undefined);
  await client.query('delete from public.addresses where user_id = $1 and id <> all($2::uuid[])', [
    id,
    kept.map((each) => each.id),
  ]);
  await changeAddresses(client, id, kept);
  await addAddresses(
    client,
    id,
    user.addresses.filter((each) => each.id === undefined),
  );
  await client.query('delete from public.preferences where user_id = $1 and key <> all($2::text[])', [
    id,
    Object.keys(user.preferences),
  ]);
  await setPreferences(client, id, user.preferences);
  return bump(
    client,
    id,
    'email = $2, full_name = $3, display_name = $4, phone = $5, avatar_url = $6, bio = $7, locale = $8, status = $9,',
    [user.email, user.fullName, null, null, null, null, null, 'active'],
  );
});
route('POST', '/users/:id/addresses', async (client, { id = '' }, address) => {
  await addAddresses(client, id, [address]);
  await client.query('select count(*)::integer as count from public.addresses where user_id = $1', [id]);
  return bump(client, id);
});
route('PUT', '/users/:id/addresses/:addressId', async (client, { id = '', addressId = '' }, address) => {
  await changeAddresses(client, id, [{ ...address, id: addressId }]);
  return bump(client, id);
});
route('DELETE', '/users/:id/addresses/:addressId', async (client, { id = '', addressId }) => {
  await client.query('delete from public.addresses where user_id = $1 and id = $2', [id, addressId]);
  return bump(client, id);
});
route('PATCH', '/users/:id/preferences', async (client, { id = '' }, patch) => {
  const given = Object.entries(patch);
  const removed = given.filter(([, value]) => value === null).map(([key]) => key);
  const changed = Object.fromEntries(given.filter(([, value]) => value !== null));
  await client.query(
    'select key, value::text as value from public.preferences where user_id = $1 and key = any($2::text[])',
    [id, Object.keys(changed)],
  );
  await client.query('delete from public.preferences where user_id = $1 and key = any($2::text[])', [
    id,
    removed,
  ]);
  await setPreferences(client, id, changed);
  return bump(client, id);
});
route('PUT', '/users/:id/preferences/:key', async (client, { id = '', key = '' }, { value }) => {
  await setPreferences(client, id, { [key]: value });
  return bump(client, id);
});
route('DELETE', '/users/:id/preferences/:key', async (client, { id = '', key }) => {
  await client.query('delete from public.preferences where user_id = $1 and key = any($2::text[])', [
    id,
    [key],
  ]);
  return bump(client, id);
});
route('DELETE', '/users/:id', async (client, { id = '' }) => {
  const { rows } = await client.query<Row>(
    'delete from public.users where id = $1 returning id, version + 1 as version',
    [id],
  );
  return rows[0];
});

process.once('SIGTERM', () => void app.close().then(() => pool.end()));
process.stdout.write(`${new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port}\n`);
