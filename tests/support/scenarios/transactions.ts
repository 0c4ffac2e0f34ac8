import { addressId, AT, insertAddress, insertPreference, insertUser, userId } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

export const transactionScenarios: readonly Scenario[] = [
  {
    name: 'interleaved-transactions',
    tells:
      'two transactions on one user at once; the one that wrote first commits last, so its LSNs are lower',
    ids: [userId(70)],
    async run(client, connect) {
      const [slow, quick] = [await connect(), await connect()];
      await insertUser(client, userId(70));
      await insertPreference(client, userId(70), 'theme', '"dark"');
      await slow.query('begin');
      await insertAddress(slow, userId(70), addressId(700), { label: 'slow' });
      await quick.query('begin');
      await quick.query('update preferences set value = \'"light"\' where user_id = $1', [userId(70)]);
      await insertPreference(slow, userId(70), 'from slow', '1');
      await insertAddress(quick, userId(70), addressId(701), { label: 'quick' });
      await quick.query('commit');
      await slow.query('commit');
    },
  },
  {
    name: 'whole-profile-replaced',
    tells: 'one transaction replaces the addresses and the preferences and bumps the version last',
    ids: [userId(71)],
    async run(client) {
      await insertUser(client, userId(71));
      await insertAddress(client, userId(71), addressId(710));
      await insertPreference(client, userId(71), 'theme', '"dark"');
      await client.query('begin');
      await client.query('select 1 from users where id = $1 for update', [userId(71)]);
      await client.query('delete from addresses where user_id = $1', [userId(71)]);
      await insertAddress(client, userId(71), addressId(711), { city: 'Nice' });
      await client.query('delete from preferences where user_id = $1', [userId(71)]);
      await insertPreference(client, userId(71), 'theme', '"light"');
      await client.query("update users set version = 2, full_name = 'Ada King' where id = $1", [userId(71)]);
      await client.query('commit');
    },
  },
  {
    name: 'rolled-back',
    tells: 'a transaction rolled back, and one rolled back to a savepoint',
    ids: [userId(72)],
    async run(client) {
      await insertUser(client, userId(72));
      await client.query('begin');
      await insertAddress(client, userId(72), addressId(720));
      await client.query('rollback');
      await client.query('begin');
      await insertAddress(client, userId(72), addressId(721), { label: 'kept' });
      await client.query('savepoint a');
      await client.query('delete from addresses where user_id = $1', [userId(72)]);
      await client.query('rollback to savepoint a');
      await client.query('commit');
    },
  },
  {
    name: 'truncated',
    tells: 'a superuser disables the trigger and truncates preferences',
    ids: [userId(73)],
    withoutKey: true,
    async run(client) {
      await insertUser(client, userId(73));
      await client.query(
        "insert into preferences (user_id, key, value, updated_at) values ($1, 'theme', '1', $2)",
        [userId(73), AT],
      );
      await client.query('alter table preferences disable trigger forbid_truncate');
      await client.query('truncate preferences');
      await client.query('alter table preferences enable always trigger forbid_truncate');
    },
  },
];
