/** Values at the edges of their types come through the whole way unchanged: numbers by every digit, times by the microsecond, text by the character. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { compareDocuments } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { addAddress, addPreference, addUser } from '../support/rows.ts';
import { differences } from '../support/same-json.ts';
import { servedAsInSql } from '../support/served.ts';
import { runningSystem } from '../support/stack.ts';
import { command, newEmail, read } from '../support/system-client.ts';

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

async function servedText(id: string): Promise<string> {
  await servedAsInSql(pipeline, [id]);
  return (await read(`/profiles/${id}`)).text;
}

describe('numbers', () => {
  test.each([
    '12345678901234567890',
    '-9007199254740993',
    '1234567890123456789012345678901234567890',
    '0.1234567890123456789012345678901234567890',
    '123456789.123456789',
    '0.1',
  ])('%s is served with every digit', async (numeral) => {
    const id = await addUser(pipeline.sql);
    await addPreference(pipeline.sql, id, 'n', `{"deep": [${numeral}]}`);
    expect(await servedText(id)).toContain(`{"n":{"deep":[${numeral}]}}`);
  });

  test.each(['1e400', '-1e400', '1.5e-400'])(
    '%s, which no double holds, keeps its value',
    async (numeral) => {
      const id = await addUser(pipeline.sql);
      await addPreference(pipeline.sql, id, 'n', numeral);
      const sent = parseLossless(`{ "n": ${numeral} }`);
      const served = parseLossless(await servedText(id)) as { readonly preferences: unknown };
      expect(differences(sent, served.preferences)).toEqual([]);
    },
  );

  test('written through the write API come back as they were sent', async () => {
    const { id } = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const { writeApiUrl } = runningSystem();
    const response = await fetch(`${writeApiUrl}/users/${id}/preferences/n`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"value": [12345678901234567890, 1.10]}',
    });
    expect(response.status).toBe(200);
    expect(await servedText(id)).toMatch(/"n":\[12345678901234567890,1\.10?\]/);
  });
});

describe('text and keys', () => {
  test('keys that mean something to JavaScript, MongoDB or a path are keys like any other', async () => {
    const id = await addUser(pipeline.sql);
    const keys = [
      '__proto__',
      'constructor',
      'toString',
      '$set',
      '$',
      'a.b.c',
      '.',
      ' ',
      '_id',
      '_sync',
      '0',
    ];
    for (const key of keys)
      await addPreference(pipeline.sql, id, key, JSON.stringify({ __key: key, [key]: 1 }));
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query(
      'update preferences set value = \'{"__proto__": {"polluted": true}}\' where user_id = $1',
      [id],
    );
    const text = await servedText(id);
    expect(text.match(/"polluted":true/g)).toHaveLength(keys.length);
    expect(text).toContain('"__proto__":{"__proto__":{"polluted":true}}');
    await pipeline.sql.query("delete from preferences where user_id = $1 and key <> '$'", [id]);
    expect(await servedText(id)).toContain('"preferences":{"$":{');
  });

  // The driver asks an options object for each key, and an object has some names by itself (services/shared/mongo.ts).
  test('arrays of objects are kept under keys that every object has', async () => {
    const id = await addUser(pipeline.sql);
    const keys = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'plain'];
    for (const key of keys) await addPreference(pipeline.sql, id, key, '[{}]');
    await servedAsInSql(pipeline, [id]);
    for (const value of ['[{"a": 1}]', '[{"constructor": [{"a": 2}]}]', '[[{"a": 3}], {}]']) {
      await pipeline.sql.query('update preferences set value = $2 where user_id = $1', [id, value]);
      await servedAsInSql(pipeline, [id]);
    }
    const { preferences } = parseLossless(await servedText(id)) as { readonly preferences: object };
    expect(Object.keys(preferences).toSorted()).toEqual(keys.toSorted());
    expect((await compareDocuments(pipeline)).wrong).toEqual([]);
  });

  test('unicode, quotes and control characters are kept', async () => {
    const words = [
      'Ünïcode',
      '🧭👩‍👩‍👧',
      'عربى',
      '日本語',
      'e\u0301',
      '"quoted" \\ back',
      'line\nbreak\ttab',
      '\u2028\u0001',
    ];
    const id = await addUser(pipeline.sql, { full_name: words.join(' '), bio: words.join('') });
    await addAddress(pipeline.sql, id, { city: '🧭 Köln', label: 'ключ' });
    await addPreference(pipeline.sql, id, 'ключ 🔑', JSON.stringify(words));
    await servedAsInSql(pipeline, [id]);
    expect((await read(`/profiles/${id}`)).body).toMatchObject({
      fullName: words.join(' '),
      bio: words.join(''),
      addresses: [{ city: '🧭 Köln', label: 'ключ' }],
      preferences: { 'ключ 🔑': words },
    });
  });

  test('an e-mail is found in any case, beyond ASCII too', async () => {
    const id = await addUser(pipeline.sql, { email: `Ärger.${Date.now()}@Example.com` });
    await servedAsInSql(pipeline, [id]);
    const { email } = (await read(`/profiles/${id}`)).body;
    const found = await read(`/profiles?email=${encodeURIComponent(String(email).toLowerCase())}`);
    expect(found.body).toMatchObject({ id });
  });

  test('a long text stored out of line stays when another column is updated', async () => {
    // Random, so that it cannot be compressed into the row.
    const bio = Array.from({ length: 3000 }, () => Math.random().toString(36).slice(2)).join('');
    const id = await addUser(pipeline.sql, { bio });
    await addPreference(pipeline.sql, id, 'long', JSON.stringify(bio));
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query("update users set phone = '+33 1 23 45 67 89' where id = $1", [id]);
    await pipeline.sql.query("update preferences set updated_at = now(), key = 'longer' where user_id = $1", [
      id,
    ]);
    await servedAsInSql(pipeline, [id]);
    const { body } = await read(`/profiles/${id}`);
    expect(body).toMatchObject({ phone: '+33 1 23 45 67 89', bio, preferences: { longer: bio } });
  });
});

describe('times', () => {
  test('keep their microseconds, in all centuries, and addresses are ordered by them', async () => {
    const at = ['0001-01-01T00:00:00.000000Z', '1969-12-31T23:59:59.999999Z', '9999-12-31T23:59:59.999999Z'];
    const id = await addUser(pipeline.sql, { created_at: at[1], updated_at: at[2] });
    for (const created_at of [at[2], at[0], at[1]]) await addAddress(pipeline.sql, id, { created_at });
    await addAddress(pipeline.sql, id, {
      created_at: '1969-12-31T23:59:59.999998Z',
      label: 'a microsecond earlier',
    });
    await servedAsInSql(pipeline, [id]);
    const { body } = await read(`/profiles/${id}`);
    expect(body).toMatchObject({ createdAt: at[1], updatedAt: at[2] });
    expect(body['addresses']).toMatchObject([
      { createdAt: at[0] },
      { label: 'a microsecond earlier' },
      { createdAt: at[1] },
      { createdAt: at[2] },
    ]);
  });

  test('a changed time moves the address in its list', async () => {
    const id = await addUser(pipeline.sql);
    await addAddress(pipeline.sql, id, { label: 'first', created_at: '2026-01-01T00:00:00.000001Z' });
    await addAddress(pipeline.sql, id, { label: 'second', created_at: '2026-01-01T00:00:00.000002Z' });
    await servedAsInSql(pipeline, [id]);
    await pipeline.sql.query(
      "update addresses set created_at = created_at + interval '2 microseconds' where user_id = $1 and label = 'first'",
      [id],
    );
    await servedAsInSql(pipeline, [id]);
    expect((await read(`/profiles/${id}`)).body).toMatchObject({
      addresses: [{ label: 'second' }, { label: 'first' }],
    });
  });
});
