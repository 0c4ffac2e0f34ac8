import { createHash } from 'node:crypto';
import { addressId, insertAddress, insertPreference, insertUser, userId } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

/** 20 KB that do not compress, so that Postgres keeps them out of line (TOAST). */
const LARGE = Array.from({ length: 320 }, (_, i) => createHash('sha256').update(`${i}`).digest('hex')).join(
  '',
);

export const userScenarios: readonly Scenario[] = [
  {
    name: 'user-rows',
    tells: 'a user is inserted, updated and deleted',
    ids: [userId(10)],
    async run(client) {
      await insertUser(client, userId(10));
      await client.query("update users set full_name = 'Ada King', version = 2 where id = $1", [userId(10)]);
      await client.query('delete from users where id = $1', [userId(10)]);
    },
  },
  {
    name: 'user-deleted-with-children',
    tells: 'a user with two addresses and two preferences is deleted; the children go by cascade',
    ids: [userId(11)],
    async run(client) {
      await insertUser(client, userId(11));
      await insertAddress(client, userId(11), addressId(110));
      await insertAddress(client, userId(11), addressId(111));
      await insertPreference(client, userId(11), 'theme', '"dark"');
      await insertPreference(client, userId(11), 'size', '12');
      await client.query('delete from users where id = $1', [userId(11)]);
    },
  },
  {
    name: 'user-created-again',
    tells: 'a user with children is deleted and created again under the same id, with one new address',
    ids: [userId(12)],
    async run(client) {
      await insertUser(client, userId(12), { display_name: 'the first' });
      await insertAddress(client, userId(12), addressId(120));
      await insertPreference(client, userId(12), 'theme', '"dark"');
      await client.query('delete from users where id = $1', [userId(12)]);
      await insertUser(client, userId(12), { display_name: 'the second' });
      await insertAddress(client, userId(12), addressId(121), { city: 'Lyon' });
    },
  },
  {
    name: 'user-id-changed',
    tells: 'a user without children gets another id',
    ids: [userId(13), userId(14)],
    async run(client) {
      await insertUser(client, userId(13));
      await client.query('update users set id = $2 where id = $1', [userId(13), userId(14)]);
    },
  },
  {
    name: 'null-columns',
    tells: 'nullable columns: null, then set, then null again',
    ids: [userId(15)],
    async run(client) {
      await insertUser(client, userId(15));
      await insertAddress(client, userId(15), addressId(150));
      const columns = ['display_name', 'phone', 'avatar_url', 'bio', 'locale'];
      const all = (value: string): string => columns.map((name) => `${name} = ${value}`).join(', ');
      await client.query(`update users set ${all("''")} where id = $1`, [userId(15)]);
      await client.query(
        "update addresses set line2 = 'b', region = 'c', postal_code = '75002' where user_id = $1",
        [userId(15)],
      );
      await client.query(`update users set ${all('null')} where id = $1`, [userId(15)]);
      await client.query('update addresses set line2 = null, region = null where user_id = $1', [userId(15)]);
    },
  },
  {
    name: 'unicode-text',
    tells:
      'emoji, astral and combining characters, right-to-left, quotes, control characters, 5,000 characters',
    ids: [userId(16)],
    async run(client) {
      await insertUser(client, userId(16), {
        full_name: 'Zoë 👩‍👩‍👧‍👦 𝒵 مرحبا e\u0301',
        display_name: '"quoted" \\ back\\slash / \'single\'',
        phone: 'tab\there\nnewline\r\u0001\u007f',
        bio: '🜁é'.repeat(2500),
        locale: '\u2028\u2029\ufeff\uffff',
      });
      await insertPreference(client, userId(16), 'ключ 🔑', '"значение 🗝 \\u00e9 \\n"');
    },
  },
  {
    name: 'large-bio-untouched',
    tells: 'a bio and a preference kept out of line (TOAST) while other columns of their rows are updated',
    ids: [userId(17)],
    async run(client) {
      await insertUser(client, userId(17), { bio: LARGE });
      await insertPreference(client, userId(17), 'large', JSON.stringify(LARGE));
      await client.query("update users set display_name = 'touched' where id = $1", [userId(17)]);
      await client.query("update preferences set key = 'renamed' where user_id = $1", [userId(17)]);
    },
  },
  {
    name: 'update-of-nothing',
    tells: 'an update that changes no value',
    ids: [userId(18)],
    async run(client) {
      await insertUser(client, userId(18));
      await client.query('update users set email = email where id = $1', [userId(18)]);
    },
  },
];
