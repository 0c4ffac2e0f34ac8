import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const UNKNOWN = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

let emails = 0;
const profile = (more: object = {}): object => ({
  email: `profile-${++emails}@example.com`,
  fullName: 'Profile',
  addresses: [],
  preferences: {},
  ...more,
});
const addressesOf = (id: string): ReturnType<TestWriteApi['rows']> =>
  api.rows('select * from addresses where user_id = $1 order by created_at, id', id);

test('replaces the user’s fields: what is left out becomes null or the default', async () => {
  const id = await api.newUser({ bio: 'Gone soon', status: 'suspended' });
  const answer = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({ fullName: 'Replaced', locale: 'fr' }),
  );
  expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
  const [row] = await api.rows('select * from users where id = $1', id);
  expect(row).toMatchObject({
    full_name: 'Replaced',
    locale: 'fr',
    bio: null,
    status: 'active',
    version: '2',
  });
});

test('keeps addresses given with their id, adds those without, deletes the others', async () => {
  const id = await api.newUser({ addresses: ['a', 'b', 'c'].map((label) => ({ ...ADDRESS, label })) });
  const [a, b] = await addressesOf(id);
  const answer = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({
      addresses: [
        { ...ADDRESS, label: 'new' },
        { ...ADDRESS, label: 'b', id: String(b?.['id']).toUpperCase() },
        { ...ADDRESS, label: 'changed', id: a?.['id'] },
      ],
    }),
  );
  expect(answer.status).toBe(200);
  const after = await addressesOf(id);
  expect(after.map((row) => row['label'])).toEqual(['changed', 'b', 'new']);
  expect(after[0]?.['id']).toBe(a?.['id']);
  expect(after[1]).toEqual(b); // not rewritten: updated_at is the old one
  expect(after[0]?.['created_at']).toBe(a?.['created_at']);
  expect(after[0]?.['updated_at']).not.toBe(a?.['updated_at']);
});

test('hands the primary address on, to a kept one and to a new one', async () => {
  const id = await api.newUser({
    addresses: [
      { ...ADDRESS, label: 'a', isPrimary: true },
      { ...ADDRESS, label: 'b' },
    ],
  });
  const [a, b] = await addressesOf(id);
  const kept = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({
      addresses: [
        { ...ADDRESS, label: 'b', id: b?.['id'], isPrimary: true },
        { ...ADDRESS, label: 'a', id: a?.['id'] },
      ],
    }),
  );
  expect(kept.status).toBe(200);
  expect((await addressesOf(id)).map((row) => row['is_primary'])).toEqual(['f', 't']);
  const fresh = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({
      addresses: [
        { ...ADDRESS, label: 'c', isPrimary: true },
        { ...ADDRESS, label: 'b', id: b?.['id'] },
      ],
    }),
  );
  expect(fresh.status).toBe(200);
  expect((await addressesOf(id)).map((row) => [row['label'], row['is_primary']])).toEqual([
    ['b', 'f'],
    ['c', 't'],
  ]);
});

test('writes only the preferences that differ', async () => {
  const id = await api.newUser({ preferences: { same: { a: [1, 2] }, changed: 1, gone: true } });
  const at = (key: string): ReturnType<TestWriteApi['rows']> =>
    api.rows(
      'select value, updated_at, xmin::text from preferences where user_id = $1 and key = $2',
      id,
      key,
    );
  const before = await at('same');
  const answer = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({ preferences: { same: { a: [1, 2] }, changed: 2, added: null } }),
  );
  expect(answer.status).toBe(200);
  expect(await at('same')).toEqual(before);
  expect((await at('changed'))[0]?.['value']).toBe('2');
  expect((await at('added'))[0]?.['value']).toBe('null');
  expect(await at('gone')).toEqual([]);
});

test('names the ids that are not the user’s own, or stand twice, and changes nothing', async () => {
  const id = await api.newUser({ addresses: [ADDRESS] });
  const other = await api.newUser({ addresses: [ADDRESS] });
  const [own] = await addressesOf(id);
  const [foreign] = await addressesOf(other);
  const answer = await api.ask(
    'PUT',
    `/users/${id}/profile`,
    profile({
      addresses: [own, foreign, { id: UNKNOWN }, own].map((row) => ({ ...ADDRESS, id: row?.['id'] })),
    }),
  );
  expect(answer).toMatchObject({
    status: 422,
    body: {
      type: '/problems/not-an-own-address',
      errors: [
        { pointer: '/addresses/1/id' },
        { pointer: '/addresses/2/id' },
        { pointer: '/addresses/3/id', detail: 'stands twice' },
      ],
    },
  });
  expect(await addressesOf(id)).toEqual([own]);
  expect(await api.rows('select version from users where id = $1', id)).toEqual([{ version: '1' }]);
});

test('refuses a second primary address, a taken e-mail address, missing children, an unknown user', async () => {
  const id = await api.newUser({ preferences: { kept: 1 } });
  await api.newUser({ email: 'somebody@example.com' });
  const primary = { ...ADDRESS, isPrimary: true };
  const two = await api.ask('PUT', `/users/${id}/profile`, profile({ addresses: [primary, primary] }));
  expect(two).toMatchObject({ status: 409, body: { type: '/problems/second-primary-address' } });
  const taken = await api.ask('PUT', `/users/${id}/profile`, profile({ email: 'Somebody@example.com' }));
  expect(taken).toMatchObject({ status: 409, body: { type: '/problems/email-taken' } });
  const partial = await api.ask('PUT', `/users/${id}/profile`, { email: 'x@example.com', fullName: 'x' });
  expect(partial.status).toBe(400);
  expect(partial.body['errors']).toEqual([
    expect.objectContaining({ pointer: '/addresses' }),
    expect.objectContaining({ pointer: '/preferences' }),
  ]);
  expect((await api.ask('PUT', `/users/${UNKNOWN}/profile`, profile())).status).toBe(404);
  expect(await api.rows('select value from preferences where user_id = $1', id)).toEqual([{ value: '1' }]);
});
