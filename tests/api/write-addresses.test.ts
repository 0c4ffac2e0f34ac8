import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { decodeToken } from '../../services/shared/consistency-token.ts';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const UNKNOWN = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

const addressesOf = (id: string): ReturnType<TestWriteApi['rows']> =>
  api.rows('select * from addresses where user_id = $1 order by created_at, id', id);

test('adds an address; Location names it, id and version are the user’s', async () => {
  const id = await api.newUser();
  const full = { ...ADDRESS, line2: 'B', region: 'IDF', postalCode: '75002', isPrimary: true };
  const answer = await api.ask('POST', `/users/${id}/addresses`, full);
  expect(answer).toMatchObject({ status: 201, body: { id, version: 2 } });
  const [row] = await addressesOf(id);
  expect(answer.headers['location']).toBe(`/users/${id}/addresses/${String(row?.['id'])}`);
  expect(answer.headers['etag']).toBe('"2"');
  expect(decodeToken(answer.headers['consistency-token'] ?? '')).toMatchObject({ id, revision: 2 });
  expect(row).toMatchObject({
    label: 'home',
    line2: 'B',
    region: 'IDF',
    postal_code: '75002',
    country: 'FR',
    is_primary: 't',
  });
});

test('replaces an address: what is left out becomes null or false', async () => {
  const id = await api.newUser({ addresses: [{ ...ADDRESS, line2: 'gone', isPrimary: true }] });
  const [before] = await addressesOf(id);
  const path = `/users/${id}/addresses/${String(before?.['id']).toUpperCase()}`;
  const answer = await api.ask('PUT', path, { ...ADDRESS, label: 'work' });
  expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
  const [after] = await addressesOf(id);
  expect(after).toMatchObject({ id: before?.['id'], label: 'work', line2: null, is_primary: 'f' });
  expect(after?.['created_at']).toBe(before?.['created_at']);
});

test('deletes an address', async () => {
  const id = await api.newUser({ addresses: [ADDRESS] });
  const [row] = await addressesOf(id);
  const path = `/users/${id}/addresses/${String(row?.['id'])}`;
  expect(await api.ask('DELETE', path)).toMatchObject({ status: 200, body: { id, version: 2 } });
  expect(await addressesOf(id)).toEqual([]);
  expect(await api.ask('DELETE', path)).toMatchObject({
    status: 404,
    body: { type: '/problems/no-such-address' },
  });
});

test('refuses a second primary address, added or replaced', async () => {
  const id = await api.newUser({ addresses: [{ ...ADDRESS, isPrimary: true }, ADDRESS] });
  const second = (await addressesOf(id)).find((row) => row['is_primary'] === 'f');
  const primary = { ...ADDRESS, isPrimary: true };
  for (const answer of [
    await api.ask('POST', `/users/${id}/addresses`, primary),
    await api.ask('PUT', `/users/${id}/addresses/${String(second?.['id'])}`, primary),
  ]) {
    expect(answer).toMatchObject({ status: 409, body: { type: '/problems/second-primary-address' } });
  }
  expect(await api.rows('select version from users where id = $1', id)).toEqual([{ version: '1' }]);
});

test('finds neither an unknown address nor another user’s', async () => {
  const id = await api.newUser();
  const other = await api.newUser({ addresses: [ADDRESS] });
  const [foreign] = await addressesOf(other);
  for (const addressId of [UNKNOWN, foreign?.['id']]) {
    expect((await api.ask('PUT', `/users/${id}/addresses/${addressId}`, ADDRESS)).status).toBe(404);
    expect((await api.ask('DELETE', `/users/${id}/addresses/${addressId}`)).status).toBe(404);
  }
  expect(await addressesOf(other)).toEqual([foreign]);
});

test('finds no address of an unknown user', async () => {
  for (const answer of [
    await api.ask('POST', `/users/${UNKNOWN}/addresses`, ADDRESS),
    await api.ask('PUT', `/users/${UNKNOWN}/addresses/${UNKNOWN}`, ADDRESS),
    await api.ask('DELETE', `/users/${UNKNOWN}/addresses/${UNKNOWN}`),
  ]) {
    expect(answer).toMatchObject({ status: 404, body: { type: '/problems/no-such-user' } });
  }
});

test('takes 100 addresses and no more', async () => {
  const id = await api.newUser({ addresses: Array.from({ length: 100 }, () => ADDRESS) });
  const answer = await api.ask('POST', `/users/${id}/addresses`, ADDRESS);
  expect(answer).toMatchObject({ status: 422, body: { type: '/problems/limit-exceeded' } });
  expect(await addressesOf(id)).toHaveLength(100);
});
