import { addressId, insertAddress, insertPreference, insertUser, userId } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

export const firstSnapshot: Scenario = {
  name: 'snapshot-children-first',
  tells: 'rows that were there before the connector, the tables of the children read first',
  ids: [userId(80), userId(81)],
  async run(client) {
    await insertUser(client, userId(80), {
      bio: 'x'.repeat(3000),
      created_at: '0001-01-01T00:00:00Z',
      updated_at: '9999-12-31T23:59:59.99Z',
    });
    await insertUser(client, userId(81), { full_name: 'alone' });
    await insertAddress(client, userId(80), addressId(801), { created_at: '2026-01-01T00:00:00.00001Z' });
    await insertAddress(client, userId(80), addressId(800), { created_at: '2026-01-01T00:00:00Z' });
    await insertPreference(client, userId(80), 'exact', '{"n": [12345678901234567890, 1.10, 1e400]}');
  },
};

export const secondSnapshot: Scenario = {
  name: 'snapshot-after-delete',
  tells: 'a user is deleted, the connector is lost, the user is created again, and a new snapshot finds them',
  ids: [userId(90)],
  async run(client) {
    await insertUser(client, userId(90), { display_name: 'the first' });
    await insertAddress(client, userId(90), addressId(900));
    await insertPreference(client, userId(90), 'theme', '"dark"');
    await client.query('delete from users where id = $1', [userId(90)]);
  },
  async unseen(client) {
    await insertUser(client, userId(90), { display_name: 'the second' });
    await insertAddress(client, userId(90), addressId(901), { city: 'Lyon' });
    await insertPreference(client, userId(90), 'theme', '"light"');
  },
};
