import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { decodeToken } from '../../services/shared/consistency-token.ts';
import { ADDRESS, startWriteApi } from '../support/write-api.ts';
import type { TestWriteApi } from '../support/write-api.ts';

const UNKNOWN = '01936d5e-7c1a-7a30-9f55-0a1b2c3d4e5f';
let api: TestWriteApi;
beforeAll(async () => {
  api = await startWriteApi();
});
afterAll(() => api.close());

describe('POST /users', () => {
  test('creates a user and acknowledges it', async () => {
    const answer = await api.ask('POST', '/users', {
      email: 'Ada@Example.com',
      fullName: 'Ada Lovelace',
      displayName: 'Ada',
      phone: '+33 1 23 45 67 89',
      avatarUrl: 'https://example.com/ada.png',
      bio: 'First.',
      locale: 'en-GB',
      status: 'suspended',
    });
    const id = String(answer.body['id']);
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ id, version: 1 });
    expect(answer.headers['etag']).toBe('"1"');
    expect(answer.headers['location']).toBe(`/users/${id}`);
    expect(decodeToken(answer.headers['consistency-token'] ?? '')).toEqual({
      id,
      revision: 1,
      deleted: false,
    });
    const [row] = await api.rows('select * from users where id = $1', id);
    expect(row).toMatchObject({
      email: 'Ada@Example.com',
      full_name: 'Ada Lovelace',
      display_name: 'Ada',
      phone: '+33 1 23 45 67 89',
      avatar_url: 'https://example.com/ada.png',
      bio: 'First.',
      locale: 'en-GB',
      status: 'suspended',
      version: '1',
    });
  });

  test('fills in what is left out', async () => {
    const id = await api.newUser();
    const [row] = await api.rows('select * from users where id = $1', id);
    expect(row).toMatchObject({
      display_name: null,
      phone: null,
      avatar_url: null,
      bio: null,
      status: 'active',
    });
    expect(row?.['created_at']).toBe(row?.['updated_at']);
  });

  test('takes children along, at version 1, in the given order', async () => {
    const labels = ['one', 'two', 'three', 'four'];
    const id = await api.newUser({
      addresses: labels.map((label) => ({ ...ADDRESS, label })),
      preferences: { theme: 'dark', n: 1 },
    });
    const addresses = await api.rows(
      'select label from addresses where user_id = $1 order by created_at, id',
      id,
    );
    expect(addresses.map((row) => row['label'])).toEqual(labels);
    expect(await api.rows('select key, value from preferences where user_id = $1 order by key', id)).toEqual([
      { key: 'n', value: '1' },
      { key: 'theme', value: '"dark"' },
    ]);
    expect(await api.rows('select version from users where id = $1', id)).toEqual([{ version: '1' }]);
  });

  test('refuses an e-mail address that is taken, in whatever case', async () => {
    await api.newUser({ email: 'taken@example.com' });
    const answer = await api.ask('POST', '/users', { email: 'TAKEN@example.com', fullName: 'x' });
    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      type: '/problems/email-taken',
      errors: [{ pointer: '/email', detail: 'is in use' }],
    });
  });

  test('refuses two primary addresses and leaves no user behind', async () => {
    const primary = { ...ADDRESS, isPrimary: true };
    const answer = await api.ask('POST', '/users', {
      email: 'two@example.com',
      fullName: 'x',
      addresses: [primary, primary],
    });
    expect(answer.status).toBe(409);
    expect(answer.body['type']).toBe('/problems/second-primary-address');
    expect(await api.rows('select 1 from users where email = $1', 'two@example.com')).toEqual([]);
  });
});

describe('PATCH /users/{id}', () => {
  test('changes what is given, leaves the rest, and bumps the version', async () => {
    const id = await api.newUser({ displayName: 'Old', bio: 'Stays.' });
    const answer = await api.ask('PATCH', `/users/${id.toUpperCase()}`, {
      displayName: null,
      fullName: 'New',
    });
    expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
    expect(answer.headers['etag']).toBe('"2"');
    expect(answer.headers['location']).toBeUndefined();
    const [row] = await api.rows('select * from users where id = $1', id);
    expect(row).toMatchObject({ display_name: null, full_name: 'New', bio: 'Stays.', version: '2' });
    expect(String(row?.['updated_at']) > String(row?.['created_at'])).toBe(true);
  });

  test('bumps the version also when nothing differs', async () => {
    const id = await api.newUser();
    const answer = await api.ask('PATCH', `/users/${id}`, { fullName: 'Test User' });
    expect(answer.body['version']).toBe(2);
  });

  test('refuses an empty change, an unknown user, a taken address', async () => {
    const id = await api.newUser();
    await api.newUser({ email: 'other@example.com' });
    expect((await api.ask('PATCH', `/users/${id}`, {})).status).toBe(400);
    const unknown = await api.ask('PATCH', `/users/${UNKNOWN}`, { fullName: 'x' });
    expect(unknown).toMatchObject({ status: 404, body: { type: '/problems/no-such-user' } });
    const taken = await api.ask('PATCH', `/users/${id}`, { email: 'Other@Example.com' });
    expect(taken.status).toBe(409);
  });
});

describe('DELETE /users/{id}', () => {
  test('deletes the user with all children and answers a version and a token beyond the last', async () => {
    const id = await api.newUser({ addresses: [ADDRESS], preferences: { theme: 'dark' } });
    const answer = await api.ask('DELETE', `/users/${id}`);
    expect(answer).toMatchObject({ status: 200, body: { id, version: 2 } });
    expect(decodeToken(answer.headers['consistency-token'] ?? '')).toEqual({
      id,
      revision: 2,
      deleted: true,
    });
    for (const sql of [
      'select 1 from users where id = $1',
      'select 1 from addresses where user_id = $1',
      'select 1 from preferences where user_id = $1',
    ]) {
      expect(await api.rows(sql, id)).toEqual([]);
    }
    expect((await api.ask('DELETE', `/users/${id}`)).status).toBe(404);
  });

  test('takes a content type without a body', async () => {
    const id = await api.newUser();
    const answer = await api.ask('DELETE', `/users/${id}`, undefined, { 'content-type': 'application/json' });
    expect(answer.status).toBe(200);
  });
});
