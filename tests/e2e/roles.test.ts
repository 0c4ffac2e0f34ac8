/** Each service may do its own work and nothing else, and runs as the role that was made for it. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MongoClient } from 'mongodb';
import type { Db } from 'mongodb';
import { Client } from 'pg';
import { withUser } from '../../cli/local/services.ts';
import profile from '../../projections/profile.ts';
import { command, newEmail, read } from '../support/system-client.ts';
import { stackEndpoints } from '../support/stack.ts';

const { postgresUrl, mongoUrl, secrets } = stackEndpoints();
const DOCUMENTS = profile.resource;
const UNAUTHORIZED = { code: 13 };
const DENIED = { code: '42501' };

describe('in MongoDB', () => {
  const admin = new MongoClient(mongoUrl);
  const projector = new MongoClient(withUser(mongoUrl, 'readside_projector', secrets.mongoProjector));
  const reader = new MongoClient(withUser(mongoUrl, 'readside_reader', secrets.mongoReader));
  afterAll(() => Promise.all([admin.close(), projector.close(), reader.close()]));

  const writes: readonly (readonly [string, (db: Db) => Promise<unknown>])[] = [
    ['insert', (db) => db.collection(DOCUMENTS).insertOne({ by: 'roles.test' })],
    ['update', (db) => db.collection(DOCUMENTS).updateMany({}, { $set: { by: 'roles.test' } })],
    ['delete', (db) => db.collection(DOCUMENTS).deleteMany({})],
    [
      'write by an aggregation',
      (db) =>
        db
          .collection(DOCUMENTS)
          .aggregate([{ $out: 'copy' }])
          .toArray(),
    ],
    ['make an index', (db) => db.collection(DOCUMENTS).createIndex({ by: 1 })],
    ['drop a collection', (db) => db.collection(DOCUMENTS).drop()],
    ['make a collection', (db) => db.createCollection('copy')],
    ['drop the database', (db) => db.dropDatabase()],
  ];
  test.each(writes)('the reader cannot %s', async (_name, write) => {
    await expect(write(reader.db())).rejects.toMatchObject(UNAUTHORIZED);
  });

  test('the reader can read the documents', async () => {
    await expect(reader.db().collection(DOCUMENTS).findOne()).resolves.not.toThrow();
  });

  const others: readonly (readonly [string, (client: MongoClient) => Promise<unknown>])[] = [
    [
      'read the users and their passwords',
      (client) => client.db('admin').collection('system.users').findOne(),
    ],
    ['read the oplog', (client) => client.db('local').collection('oplog.rs').findOne()],
    ['read another database', (client) => client.db('other').collection('any').findOne()],
    ['write another database', (client) => client.db('other').collection('any').insertOne({})],
    ['make a user', (client) => client.db('admin').command({ createUser: 'x', pwd: 'x', roles: ['root'] })],
    [
      'make a user in its own database',
      (client) => client.db().command({ createUser: 'x', pwd: 'x', roles: [] }),
    ],
    ['shut the server down', (client) => client.db('admin').command({ shutdown: 1 })],
    ['reconfigure the replica set', (client) => client.db('admin').command({ replSetStepDown: 1 })],
  ];
  test.each(others)('neither the projector nor the reader can %s', async (_name, act) => {
    await expect(act(projector)).rejects.toMatchObject(UNAUTHORIZED);
    await expect(act(reader)).rejects.toMatchObject(UNAUTHORIZED);
  });

  test('each service is logged in as its own user', async () => {
    await read('/profiles/00000000-0000-4000-8000-000000000000');
    const operations = await admin
      .db('admin')
      .aggregate<{
        readonly appName?: string;
        readonly effectiveUsers?: readonly { readonly user: string }[];
      }>([{ $currentOp: { allUsers: true, idleConnections: true } }])
      .toArray();
    const usersOf = (appName: string): readonly string[] => [
      ...new Set(
        operations
          .filter((each) => each.appName === appName)
          .flatMap(({ effectiveUsers = [] }) => effectiveUsers.map(({ user }) => user)),
      ),
    ];
    expect(usersOf('readside-projector')).toEqual(['readside_projector']);
    expect(usersOf('readside-read-api')).toEqual(['readside_reader']);
  });
});

describe('in Postgres', () => {
  const reader = new Client({
    connectionString: withUser(postgresUrl, 'readside_reader', secrets.reader),
  });
  const writer = new Client({
    connectionString: withUser(postgresUrl, 'readside_writer', secrets.writer),
  });
  const owner = new Client({
    connectionString: withUser(postgresUrl, 'readside_owner', secrets.owner),
  });
  const replicator = new Client({
    connectionString: withUser(postgresUrl, 'readside_replicator', secrets.replicator),
  });
  beforeAll(async () => {
    for (const client of [reader, writer, replicator, owner]) await client.connect();
    // Only a default, which any session may change: what it must not do is refused without it too.
    await reader.query('set default_transaction_read_only = off');
  });
  afterAll(() => Promise.all([reader, writer, replicator, owner].map((client) => client.end())));

  test('the reader can read the source view', async () => {
    const { fields } = await reader.query(`select id, document from ${profile.sourceView.name} limit 1`);
    expect(fields.map(({ name }) => name)).toEqual(['id', 'document']);
  });

  test('the reader starts read-only', async () => {
    const fresh = new Client({
      connectionString: withUser(postgresUrl, 'readside_reader', secrets.reader),
    });
    await fresh.connect();
    const { rows } = await fresh.query('show default_transaction_read_only');
    await fresh.end();
    expect(rows).toEqual([{ default_transaction_read_only: 'on' }]);
  });

  test.each([
    'select 1 from users',
    'select 1 from addresses',
    'select 1 from preferences',
    'select 1 from readside.idempotency_keys',
    'select 1 from pg_authid',
    'insert into users (email, full_name) values (1, 2)',
    'delete from preferences',
    `delete from ${profile.sourceView.name}`,
    `update ${profile.sourceView.name} set revision = 1`,
    'update readside.heartbeat set slot = 1',
    'select readside.beat()',
    'create table public.mine (n int)',
    'create table readside.mine (n int)',
    'create publication mine for table users',
    "select pg_create_logical_replication_slot('mine', 'pgoutput')",
    "select pg_drop_replication_slot('readside_profile')",
    'set role readside_owner',
    "select pg_read_file('postgresql.conf')",
  ])('the reader cannot: %s', async (statement) => {
    await expect(reader.query(statement)).rejects.toMatchObject(DENIED);
  });

  test.each([
    'truncate preferences',
    'alter table users add column x int',
    'drop table preferences',
    'create table public.mine (n int)',
    'drop publication readside',
    'select readside.beat()',
    'set role readside_owner',
    "select pg_drop_replication_slot('readside_profile')",
    'alter table users disable trigger forbid_truncate',
    'select 1 from pg_authid',
    `select 1 from ${profile.sourceView.name}`,
    "select pg_create_logical_replication_slot('mine', 'pgoutput')",
    "select pg_logical_slot_peek_binary_changes('readside_profile', null, 1, 'proto_version', '1')",
    "select pg_read_file('postgresql.conf')",
    "copy users to program 'cat'",
  ])('the write API’s role cannot: %s', async (statement) => {
    await expect(writer.query(statement)).rejects.toMatchObject(DENIED);
  });

  test.each([
    'insert into users (email, full_name) values (1, 2)',
    'delete from addresses',
    'truncate users',
    'select 1 from readside.idempotency_keys',
    'alter publication readside drop table users',
    'create table public.mine (n int)',
    'set role readside_owner',
    'select 1 from pg_authid',
    `select 1 from ${profile.sourceView.name}`,
    "select pg_read_file('postgresql.conf')",
  ])('the connector’s role cannot: %s', async (statement) => {
    await expect(replicator.query(statement)).rejects.toMatchObject(DENIED);
  });

  test.each([
    'create role mine',
    'alter role readside_reader superuser',
    'alter system set fsync = off',
    'select 1 from pg_authid',
    'set role postgres',
    "select pg_create_logical_replication_slot('mine', 'pgoutput')",
    "select pg_drop_replication_slot('readside_profile')",
    "copy users to program 'cat'",
  ])('the owner, who migrates, cannot: %s', async (statement) => {
    await expect(owner.query(statement)).rejects.toMatchObject(DENIED);
  });

  test('each service is logged in as its own role', async () => {
    // A pool that nobody asked for a while holds no connection.
    await command('POST', '/users', { email: newEmail(), fullName: 'Roles' });
    await read(`/profiles/00000000-0000-4000-8000-000000000000?consistency=source`);
    const admin = new Client({ connectionString: postgresUrl });
    await admin.connect();
    const { rows } = await admin.query(
      "select distinct application_name as name, usename as role from pg_stat_activity where application_name like 'readside-%' order by 1",
    );
    await admin.end();
    expect(rows).toEqual(
      expect.arrayContaining([
        { name: 'readside-projector', role: 'readside_reader' },
        { name: 'readside-read-api', role: 'readside_reader' },
      ]),
    );
    const roles = new Map((rows as { name: string; role: string }[]).map(({ name, role }) => [name, role]));
    expect(roles.get('readside-write-api')).toBe('readside_writer');
  });
});
