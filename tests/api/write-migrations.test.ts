import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { folderOf, loadApplication, MIGRATIONS } from '../../services/shared/application.ts';
import { scramVerifier } from '../../services/shared/foundation/scram.ts';
import { migrate } from '../../services/shared/foundation/migrate.ts';
import { createTestDatabase, rolePasswords } from '../support/test-database.ts';
import type { TestDatabase } from '../support/test-database.ts';

type Role = Parameters<TestDatabase['urlOf']>[0];
const DENIED = '42501';
const TABLES = ['public.users', 'public.addresses', 'public.preferences'];
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** null when it worked, else the SQLSTATE; whatever it did is rolled back. */
async function attempt(role: Role | 'admin', ...statements: string[]): Promise<string | null> {
  const client = new Client({
    connectionString: role === 'admin' ? database.adminUrl : database.urlOf(role),
  });
  await client.connect();
  try {
    await client.query('begin');
    for (const statement of statements) await client.query(statement);
    return null;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  } finally {
    await client.query('rollback');
    await client.end();
  }
}

test('a second run changes nothing; several at once on a new database all succeed', async () => {
  const folder = folderOf(await loadApplication(), MIGRATIONS);
  const options = { adminUrl: database.adminUrl, passwords: rolePasswords(), folder };
  expect(await migrate({ ...options, log: () => undefined })).toEqual([]);
  const fresh = await createTestDatabase({ migrated: false });
  try {
    const lines: string[] = [];
    const runs = await Promise.all(
      Array.from({ length: 4 }, () =>
        migrate({ ...options, adminUrl: fresh.adminUrl, log: (line) => lines.push(line) }),
      ),
    );
    expect(runs.filter((names) => names.length > 0)).toHaveLength(1);
    expect(lines.map((line) => line.replace(/applied .*/, 'applied')).toSorted()).toEqual([
      'applied',
      ...Array(3).fill('the schema is up to date'),
    ]);
  } finally {
    await fresh.drop();
  }
});

test('Postgres takes our verifier for the password it is made of, and is never sent the password', async () => {
  expect(scramVerifier('secret')).toMatch(/^SCRAM-SHA-256\$4096:[\w+/=]+\$[\w+/=]+:[\w+/=]+$/);
  expect(() => scramVerifier('пароль')).toThrow('printable ASCII');
  for (const role of ['owner', 'writer', 'replicator', 'reader'] as const) {
    expect(await attempt(role, 'select 1')).toBeNull();
  }
});

test('everything is the owner’s', async () => {
  const { rows } = await database.admin.query(
    `select relname from pg_class where relnamespace in ('public'::regnamespace, 'readside'::regnamespace)
     and pg_get_userbyid(relowner) <> 'readside_owner'`,
  );
  expect(rows).toEqual([]);
});

test('the three tables have REPLICA IDENTITY FULL and are in the publication with the heartbeat, keys are not', async () => {
  const { rows: identities } = await database.admin.query(
    'select relreplident from pg_class where oid = any($1::regclass[])',
    [TABLES],
  );
  expect(identities).toEqual(Array.from({ length: 3 }, () => ({ relreplident: 'f' })));
  const { rows } = await database.admin.query(
    `select schemaname || '.' || tablename as name from pg_publication_tables where pubname = 'readside' order by 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'public.addresses',
    'public.preferences',
    'public.users',
    'readside.heartbeat',
  ]);
});

describe('TRUNCATE', () => {
  test.each(TABLES)('of %s is refused to the owner and a superuser, with the alternative', async (table) => {
    expect(await attempt('owner', `truncate ${table} cascade`)).toBe('0A000');
    expect(await attempt('admin', `truncate ${table} cascade`)).toBe('0A000');
    expect(
      await attempt('admin', "set local session_replication_role = 'replica'", `truncate ${table} cascade`),
    ).toBe('0A000');
    expect(await attempt('writer', `truncate ${table} cascade`)).toBe(DENIED);
    const refused = database.admin.query(`truncate ${table} cascade`);
    await expect(refused).rejects.toMatchObject({ hint: expect.stringContaining('DELETE FROM public.') });
  });
});

describe('a role can do its work and nothing else', () => {
  const insertUser = "insert into users (email, full_name) values ('r@example.com', 'x')";
  const readTables = TABLES.map((table) => `select * from ${table}`);

  test('writer', async () => {
    expect(
      await attempt('writer', ...readTables, insertUser, 'update users set bio = null', 'delete from users'),
    ).toBe(null);
    for (const statement of [
      'create table public.t ()',
      'create schema s',
      'alter table users add x int',
      'drop table preferences',
      'alter table users disable trigger all',
      'create publication p for table users',
      'select * from readside.heartbeat',
      'select readside.beat()',
      'create role r',
      'set role readside_owner',
    ]) {
      expect([statement, await attempt('writer', statement)]).toEqual([statement, DENIED]);
    }
  });

  test('replicator', async () => {
    expect(await attempt('replicator', ...readTables, 'select readside.beat()')).toBeNull();
    for (const statement of [
      insertUser,
      'update users set bio = null',
      'delete from preferences',
      'delete from readside.heartbeat',
      'select * from readside.idempotency_keys',
      'create table public.t ()',
    ]) {
      expect([statement, await attempt('replicator', statement)]).toEqual([statement, DENIED]);
    }
    const { rows } = await database.admin.query(
      `select rolname from pg_roles where rolname like 'readside\\_%' and (rolreplication or rolsuper or rolcreaterole
       or rolcreatedb or rolbypassrls)`,
    );
    expect(rows).toEqual([{ rolname: 'readside_replicator' }]);
  });

  test('reader sees the views that the owner makes later, slots and heartbeats, and no table', async () => {
    const owner = new Client({ connectionString: database.urlOf('owner') });
    await owner.connect();
    await owner.query('create view readside.source as select id, email from public.users');
    await owner.end();
    expect(
      await attempt(
        'reader',
        'select * from readside.source',
        'select * from pg_replication_slots',
        'select * from readside.heartbeat',
      ),
    ).toBeNull();
    for (const statement of [
      ...readTables,
      'select * from readside.idempotency_keys',
      'select * from readside.migrations',
      'select readside.beat()',
    ]) {
      expect([statement, await attempt('reader', statement)]).toEqual([statement, DENIED]);
    }
    expect(await attempt('reader', 'create temporary table t ()')).toBe('25006'); // read_only_sql_transaction
    expect(await attempt('reader', 'set transaction read write', insertUser)).toBe(DENIED);
  });
});

test('a heartbeat maps a time to a WAL position, in a ring', async () => {
  const client = new Client({ connectionString: database.urlOf('replicator') });
  await client.connect();
  for (let i = 0; i < 3; i++) await client.query('select readside.beat()');
  await client.end();
  const { rows } = await database.admin.query(
    `select slot between 0 and 599 as in_ring, now() - at < interval '1 minute' as fresh,
            lsn <= pg_current_wal_lsn() as past from readside.heartbeat`,
  );
  expect(rows.length).toBeLessThanOrEqual(2);
  for (const row of rows) expect(row).toEqual({ in_ring: true, fresh: true, past: true });
});

test('constraints hold any writer to what the documents can show', async () => {
  const user =
    "insert into users (id, email, full_name) values ('01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f', 'c@x.org', 'x')";
  const id = "'01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f'";
  const address = (more: string, value: string): string =>
    `insert into addresses (user_id, label, line1, city, country, ${more}) values (${id}, 'l', 'l', 'c', ${value})`;
  const CHECK = '23514';
  expect(await attempt('writer', user, "update users set status = 'nope'")).toBe(CHECK);
  for (const time of ["'infinity'", "'-infinity'", "'0001-01-01 BC'", "'10000-01-01 00:00:00+00'"]) {
    expect(await attempt('writer', user, `update users set updated_at = ${time}`)).toBe(CHECK);
    expect(await attempt('writer', user, address('created_at', `'FR', ${time}`))).toBe(CHECK);
  }
  expect(
    await attempt('writer', user, "update users set created_at = '9999-12-31 23:59:59.999999+00'"),
  ).toBeNull();
  expect(await attempt('writer', user, "update users set created_at = '0001-01-01 00:00:00+00'")).toBeNull();
  expect(await attempt('writer', user, address('line2', "'fr', null"))).toBe(CHECK);
  expect(
    await attempt('writer', user, address('is_primary', "'FR', true"), address('is_primary', "'FR', true")),
  ).toBe('23505');
  expect(await attempt('writer', user, user.replace('c@x.org', 'C@X.org').replace('4e5f', '4e5e'))).toBe(
    '23505',
  );
  expect(await attempt('writer', `insert into preferences values (${id}, 'k', '1')`)).toBe('23503');
  expect(await attempt('writer', user, `insert into preferences values (${id}, '', '1')`)).toBe(CHECK);
});

test('a new row has a uuid of version 7', async () => {
  const { rows } = await database.admin.query(
    "insert into users (email, full_name) values ('v7@example.com', 'x') returning uuid_extract_version(id) as version",
  );
  expect(rows).toEqual([{ version: 7 }]);
});

test('a user’s row says who wrote it last: whom the transaction names, else what the connection calls itself', async () => {
  const client = new Client({ connectionString: database.urlOf('writer'), application_name: 'a-job' });
  await client.connect();
  const { rows: made } = await client.query<{ id: string; changed_by: string }>(
    "insert into users (email, full_name, changed_by) values ('who@example.com', 'x', 'forged') returning id, changed_by",
  );
  const id = made[0]?.id;
  const touch = async (): Promise<unknown> => {
    const { rows } = await client.query<{ changed_by: string | null }>(
      'update users set bio = null where id = $1 returning changed_by',
      [id],
    );
    return rows[0]?.changed_by;
  };
  expect(made[0]?.changed_by).toBe('a-job');
  await client.query('begin');
  await client.query("select set_config('readside.subject', 'jane', true)");
  expect(await touch()).toBe('jane');
  await client.query('commit');
  expect(await touch()).toBe('a-job');
  await client.query("select set_config('readside.subject', repeat('x', 300), true)");
  await client.query("set application_name = ''");
  expect(await touch()).toBeNull();
  await client.end();
});
