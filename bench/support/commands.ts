/** One request of each command, for a user that `addUsers` has made; in this order each finds what it needs. */
import type pg from 'pg';
import type { Request } from '../load/clients.ts';

export interface BenchUser {
  readonly id: string;
  readonly email: string;
  readonly addressId: string;
}

/** With two addresses and four preferences each. */
export async function addUsers(sql: pg.Client, count: number): Promise<readonly BenchUser[]> {
  const { rows } = await sql.query<BenchUser>(
    `with added as (
       insert into users (email, full_name) select gen_random_uuid() || '@example.com', 'Ada Lovelace'
       from generate_series(1, $1) returning id, email
     ), homes as (
       insert into addresses (user_id, label, line1, city, postal_code, country, is_primary)
       select id, 'home ' || k, k || ' rue de la Paix', 'Paris', '75002', 'FR', k = 1
       from added, generate_series(1, 2) k returning id, user_id, is_primary
     ), wishes as (
       insert into preferences (user_id, key, value)
       select id, 'key' || k, jsonb_build_object('on', true, 'since', k) from added, generate_series(1, 4) k
     )
     select added.id::text as id, email, homes.id::text as "addressId"
     from added join homes on homes.user_id = added.id and homes.is_primary`,
    [count],
  );
  return rows;
}

const ADDRESS = { label: 'work', line1: '2 rue de la Paix', city: 'Lyon', country: 'FR' };

export const COMMANDS: Readonly<Record<string, (user: BenchUser) => Request>> = {
  'POST user': ({ email }) => ({
    method: 'POST',
    path: '/users',
    body: {
      email: `new.${email}`,
      fullName: 'Grace Hopper',
      addresses: [ADDRESS],
      preferences: { theme: 'dark', news: { daily: true } },
    },
  }),
  'PATCH user': ({ id }) => ({ method: 'PATCH', path: `/users/${id}`, body: { displayName: 'Ada' } }),
  'PUT profile': ({ id, email, addressId }) => ({
    method: 'PUT',
    path: `/users/${id}/profile`,
    body: {
      email,
      fullName: 'Ada King',
      addresses: [{ id: addressId, ...ADDRESS, isPrimary: true }, ADDRESS],
      preferences: { theme: 'dark', key1: { on: false }, key2: 3, key3: 'three' },
    },
  }),
  'POST address': ({ id }) => ({ method: 'POST', path: `/users/${id}/addresses`, body: ADDRESS }),
  'PUT address': ({ id, addressId }) => ({
    method: 'PUT',
    path: `/users/${id}/addresses/${addressId}`,
    body: { ...ADDRESS, line2: 'third floor' },
  }),
  'PATCH preferences': ({ id }) => ({
    method: 'PATCH',
    path: `/users/${id}/preferences`,
    body: { theme: { name: 'light' }, key2: null },
  }),
  'PUT preference': ({ id }) => ({
    method: 'PUT',
    path: `/users/${id}/preferences/theme`,
    body: { value: 'light' },
  }),
  'DELETE preference': ({ id }) => ({ method: 'DELETE', path: `/users/${id}/preferences/key1` }),
  'DELETE address': ({ id, addressId }) => ({
    method: 'DELETE',
    path: `/users/${id}/addresses/${addressId}`,
  }),
  'DELETE user': ({ id }) => ({ method: 'DELETE', path: `/users/${id}` }),
};
