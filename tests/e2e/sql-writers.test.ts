/** Whoever writes by SQL counts: rows of any shape and transactions of any form end in the documents that the SQL view computes (invariant 1). */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addAddress, addPreference, addUser, inTransaction } from '../support/rows.ts';
import { servedAsInSql } from '../support/served.ts';
import { read } from '../support/system-client.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

describe('rows written in bulk', () => {
  test('are inserted, updated and deleted, each set by one statement', async () => {
    const { sql } = pipeline;
    const { rows } = await sql.query<{ id: string }>(
      "insert into users (email, full_name) select 'bulk.' || gen_random_uuid() || '@example.com', 'bulk ' || n from generate_series(1, 300) n returning id::text as id",
    );
    const ids = rows.map(({ id }) => id);
    await sql.query(
      "insert into addresses (user_id, label, line1, city, country) select id, 'a' || n, 'line', 'Porto', 'PT' from unnest($1::uuid[]) id, generate_series(1, 2) n",
      [ids],
    );
    await sql.query(
      "insert into preferences (user_id, key, value) select id, 'n', to_jsonb(1.10) from unnest($1::uuid[]) id",
      [ids],
    );
    await servedAsInSql(pipeline, ids);
    await sql.query("update users set display_name = full_name || '!' where id = any ($1)", [ids]);
    await sql.query("update addresses set city = 'Braga' where user_id = any ($1) and label = 'a2'", [ids]);
    await sql.query("delete from addresses where user_id = any ($1) and label = 'a1'", [ids]);
    await sql.query('delete from users where id = any ($1)', [ids.slice(0, 150)]);
    await servedAsInSql(pipeline, ids);
    const { body } = await read(`/profiles/${ids.at(-1)}`);
    expect(body).toMatchObject({
      displayName: 'bulk 300!',
      addresses: [{ label: 'a2', city: 'Braga' }],
      preferences: { n: 1.1 },
    });
  });

  test('of many users in one transaction all come through', async () => {
    const ids: string[] = [];
    await inTransaction(pipeline.sql, async (client) => {
      for (let n = 0; n < 60; n++) ids.push(await addUser(client, { version: 0 }));
      for (const id of ids) {
        await addAddress(client, id);
        await addPreference(client, id, 'theme', '"dark"');
      }
      await client.query('update users set version = 1 where id = any ($1)', [ids]);
    });
    await servedAsInSql(pipeline, ids);
    expect((await read(`/profiles/${ids[0]}`)).body).toMatchObject({
      version: 1,
      addresses: [{ label: 'home' }],
      preferences: { theme: 'dark' },
    });
  });
});

describe('keys that change', () => {
  test('a deleted user takes addresses and preferences along, and leaves nothing personal behind', async () => {
    const id = await addUser(pipeline.sql);
    await addAddress(pipeline.sql, id);
    await addPreference(pipeline.sql, id, 'theme', '"dark"');
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query('delete from users where id = $1', [id]);
    await servedAsInSql(pipeline, [id]);
    await pipeline.settled(); // the children's own deletes come after it
    expect((await read(`/profiles/${id}`)).status).toBe(404);
    const tombstone = await pipeline.documents.findOne({ _id: id });
    expect(Object.keys(tombstone ?? {}).toSorted()).toEqual(['_id', '_sync']);
    expect(tombstone?._sync.phase).toBe('deleted');
  });

  test('an address that moves to another user leaves the one document and enters the other', async () => {
    const [from, to] = [await addUser(pipeline.sql), await addUser(pipeline.sql)];
    const address = await addAddress(pipeline.sql, from, { city: 'Nice' });
    await servedAsInSql(pipeline, [from, to]);
    await pipeline.sql.query('update addresses set user_id = $2 where id = $1', [address, to]);
    await servedAsInSql(pipeline, [from, to]);
    expect((await read(`/profiles/${from}`)).body).toMatchObject({ addresses: [] });
    expect((await read(`/profiles/${to}`)).body).toMatchObject({
      addresses: [{ id: address, city: 'Nice' }],
    });
  });

  test('addresses that are swapped between two users in one transaction end on the right side', async () => {
    const [one, two] = [await addUser(pipeline.sql), await addUser(pipeline.sql)];
    const [first, second] = [await addAddress(pipeline.sql, one), await addAddress(pipeline.sql, two)];
    await inTransaction(pipeline.sql, async (client) => {
      await client.query('update addresses set user_id = $2 where id = $1', [first, two]);
      await client.query('update addresses set user_id = $2 where id = $1', [second, one]);
    });
    await servedAsInSql(pipeline, [one, two]);
    expect((await read(`/profiles/${one}`)).body).toMatchObject({ addresses: [{ id: second }] });
  });

  test('a preference whose key changes is under the new key and no longer under the old one', async () => {
    const id = await addUser(pipeline.sql);
    await addPreference(pipeline.sql, id, 'theme', '"dark"');
    await addPreference(pipeline.sql, id, 'size', '12');
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query("update preferences set key = 'colour' where user_id = $1 and key = 'theme'", [
      id,
    ]);
    await servedAsInSql(pipeline, [id]);
    expect((await read(`/profiles/${id}`)).body).toMatchObject({ preferences: { colour: 'dark', size: 12 } });
  });

  test('preferences whose keys rotate in one transaction keep their values', async () => {
    const id = await addUser(pipeline.sql);
    for (const key of ['a', 'b', 'c'])
      await addPreference(pipeline.sql, id, key, JSON.stringify(`of ${key}`));
    await inTransaction(pipeline.sql, async (client) => {
      const rename = 'update preferences set key = $3 where user_id = $1 and key = $2';
      for (const [from, to] of [
        ['c', 'free'],
        ['b', 'c'],
        ['a', 'b'],
        ['free', 'a'],
      ])
        await client.query(rename, [id, from, to]);
    });
    await servedAsInSql(pipeline, [id]);
    const preferences = { a: 'of c', b: 'of a', c: 'of b' };
    expect((await read(`/profiles/${id}`)).body).toMatchObject({ preferences });
  });

  test('an address that gets another id is there once, under the new one', async () => {
    const id = await addUser(pipeline.sql);
    const address = await addAddress(pipeline.sql, id);
    await servedAsInSql(pipeline, [id]);
    const { rows } = await pipeline.sql.query<{ id: string }>(
      'update addresses set id = gen_random_uuid() where id = $1 returning id::text as id',
      [address],
    );
    await servedAsInSql(pipeline, [id]);
    expect((await read(`/profiles/${id}`)).body).toMatchObject({ addresses: [{ id: rows[0]?.id }] });
  });

  test('a user that gets another id is gone under the old one and whole under the new one', async () => {
    const id = await addUser(pipeline.sql, { bio: 'kept' });
    await servedAsInSql(pipeline, [id]);
    const { rows } = await pipeline.sql.query<{ id: string }>(
      'update users set id = gen_random_uuid() where id = $1 returning id::text as id',
      [id],
    );
    const renamed = rows[0]?.id ?? '';
    await servedAsInSql(pipeline, [id, renamed]);
    expect((await read(`/profiles/${renamed}`)).body).toMatchObject({ id: renamed, bio: 'kept' });
    expect((await read(`/profiles/${id}`)).status).toBe(404);
  });
});

describe('transactions', () => {
  test('that are rolled back, whole or to a savepoint, leave no trace', async () => {
    const id = await addUser(pipeline.sql);
    let never = '';
    const rolledBack = inTransaction(pipeline.sql, async (client) => {
      never = await addUser(client);
      await addAddress(client, id);
      await client.query("update users set bio = 'never' where id = $1", [id]);
      throw new Error('on purpose');
    });
    await expect(rolledBack).rejects.toThrow('on purpose');
    await inTransaction(pipeline.sql, async (client) => {
      await addPreference(client, id, 'kept', 'true');
      await client.query('savepoint before');
      await addPreference(client, id, 'undone', 'true');
      await client.query('delete from users where id = $1', [id]);
      await client.query('rollback to savepoint before');
    });
    await servedAsInSql(pipeline, [id]);
    await pipeline.settled();
    expect((await read(`/profiles/${id}`)).body).toMatchObject({
      bio: null,
      addresses: [],
      preferences: { kept: true },
    });
    expect(await pipeline.documents.findOne({ _id: never })).toBeNull();
  });

  test('that interleave on one user: the one that wrote first and commits last keeps its rows', async () => {
    const id = await addUser(pipeline.sql);
    await addPreference(pipeline.sql, id, 'theme', '"dark"');
    const [slow, quick] = [await pipeline.sql.connect(), await pipeline.sql.connect()];
    try {
      await slow.query('begin');
      await quick.query('begin');
      await addAddress(slow, id, { label: 'slow 1' });
      await quick.query('update preferences set value = \'"light"\' where user_id = $1', [id]);
      await addAddress(quick, id, { label: 'quick' });
      await addPreference(slow, id, 'from slow', '1');
      await quick.query('commit');
      await servedAsInSql(pipeline, [id]); // the later LSNs are in the document before the earlier ones are committed
      expect((await read(`/profiles/${id}`)).body).toMatchObject({ preferences: { theme: 'light' } });
      await slow.query('commit');
    } finally {
      quick.release();
      slow.release();
    }
    await servedAsInSql(pipeline, [id]);
    const { body } = await read(`/profiles/${id}`);
    expect(body).toMatchObject({ preferences: { theme: 'light', 'from slow': 1 } });
    expect(body['addresses']).toHaveLength(2);
  });

  test('that TRUNCATE a table are refused, and nothing of it shows', async () => {
    const id = await addUser(pipeline.sql);
    await addAddress(pipeline.sql, id);
    for (const statement of ['truncate addresses', 'truncate users cascade', 'truncate preferences'])
      await expect(pipeline.sql.query(statement)).rejects.toMatchObject({ code: '0A000' });
    const asReplica = inTransaction(pipeline.sql, async (client) => {
      await client.query('set local session_replication_role = replica');
      await client.query('truncate addresses');
    });
    await expect(asReplica).rejects.toMatchObject({ code: '0A000' });
    await servedAsInSql(pipeline, [id]);
    expect((await read(`/profiles/${id}`)).body).toMatchObject({ addresses: [{ label: 'home' }] });
  });
});

test('what these tests left behind is still right when everything has come through', async () => {
  await pipeline.settled();
  expect((await compareDocuments(pipeline)).wrong).toEqual([]);
});
