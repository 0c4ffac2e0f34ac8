import { addressId, insertAddress, insertUser, userId } from '../scenario-rows.ts';
import type { Scenario } from '../scenarios.ts';

export const addressScenarios: readonly Scenario[] = [
  {
    name: 'address-rows',
    tells: 'an address is inserted, updated and deleted, another stays',
    ids: [userId(30)],
    async run(client) {
      await insertUser(client, userId(30));
      await insertAddress(client, userId(30), addressId(300), { is_primary: true });
      await insertAddress(client, userId(30), addressId(301), { label: 'work', line2: 'floor 2' });
      await client.query("update addresses set city = 'Lyon', is_primary = false where id = $1", [
        addressId(300),
      ]);
      await client.query('delete from addresses where id = $1', [addressId(300)]);
    },
  },
  {
    name: 'address-moved',
    tells: 'an address moves to another user',
    ids: [userId(31), userId(32)],
    async run(client) {
      await insertUser(client, userId(31));
      await insertUser(client, userId(32));
      await insertAddress(client, userId(31), addressId(310));
      await client.query('update addresses set user_id = $2 where id = $1', [addressId(310), userId(32)]);
    },
  },
  {
    name: 'address-id-changed',
    tells: 'the primary key of an address changes, and with it its place in the order',
    ids: [userId(33)],
    async run(client) {
      await insertUser(client, userId(33));
      await insertAddress(client, userId(33), addressId(330), { label: 'first' });
      await insertAddress(client, userId(33), addressId(331), { label: 'second' });
      await client.query('update addresses set id = $2 where id = $1', [addressId(330), addressId(339)]);
    },
  },
  {
    name: 'address-order',
    tells: 'addresses inserted against their order, two at the same microsecond, one moved by its time',
    ids: [userId(34)],
    async run(client) {
      await insertUser(client, userId(34));
      const add = (n: number, created_at: string): Promise<void> =>
        insertAddress(client, userId(34), addressId(n), { created_at });
      await add(345, '2026-01-01T00:00:00.000002Z');
      await add(344, '2026-01-01T00:00:00.000002Z');
      await add(343, '2026-01-01T00:00:00.000001Z');
      await add(342, '2026-01-01T00:00:00.00001Z');
      await add(341, '2025-12-31T23:59:59.999999Z');
      await client.query("update addresses set created_at = '2026-02-01T00:00:00Z' where id = $1", [
        addressId(341),
      ]);
    },
  },
  {
    name: 'timestamps',
    tells: 'fractions of 0 to 6 digits, the years 1, 1582, 1883 and 9999, sessions in other time zones',
    ids: [userId(35)],
    async run(client) {
      await insertUser(client, userId(35), {
        created_at: '0001-01-01T00:00:00Z',
        updated_at: '9999-12-31T23:59:59.999999Z',
      });
      const times = [
        ...['', '.1', '.12', '.123', '.1234', '.12345', '.123456'].map((f) => `2026-03-29 01:30:00${f}+00`),
        '0001-01-01 00:00:00+00',
        '1582-10-10 12:00:00.5+00',
        '1883-11-18 12:03:57.000001 America/New_York',
        '1969-12-31 23:59:59.999999+00',
        '2026-10-25 02:30:00 Europe/Paris',
      ];
      const zones = ['UTC', 'Asia/Kathmandu', 'America/St_Johns'];
      for (const [i, time] of times.entries()) {
        await client.query(`set timezone = '${zones[i % zones.length] ?? 'UTC'}'`);
        await insertAddress(client, userId(35), addressId(350 + i), { created_at: time, label: time });
      }
      await client.query("set timezone = 'Pacific/Apia'");
      await client.query("update addresses set updated_at = '2026-03-29 01:30:00.1' where user_id = $1", [
        userId(35),
      ]);
      await client.query('reset timezone');
    },
  },
  {
    name: 'multi-row-statements',
    tells: 'five addresses by one insert, all updated by one update, three deleted by one delete',
    ids: [userId(36)],
    async run(client) {
      await insertUser(client, userId(36));
      await client.query(
        `insert into addresses (id, user_id, label, line1, city, country, created_at, updated_at)
         select ('aaaaaaaa-0000-7000-8000-00000000037' || n)::uuid, $1, 'n' || n, 'line', 'Rome', 'IT', ts, ts
           from generate_series(5, 1, -1) n, (values (timestamptz '2026-01-01Z')) at (ts)`,
        [userId(36)],
      );
      await client.query("update addresses set city = city || ' ' || label where user_id = $1", [userId(36)]);
      await client.query("delete from addresses where user_id = $1 and label in ('n1', 'n3', 'n5')", [
        userId(36),
      ]);
    },
  },
];
