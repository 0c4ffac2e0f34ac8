/** A token and a preferred wait: the reader sees its own write at once, whatever the command and whatever the lookup (invariant 9). */
import { describe, expect, test } from '@jest/globals';
import { after, command, newEmail, read } from '../support/system-client.ts';
import type { Acknowledged } from '../support/system-client.ts';
import { ADDRESS } from '../support/write-api.ts';

interface Person {
  readonly id: string;
  readonly addressId: string;
}

interface Case {
  readonly name: string;
  readonly act: (person: Person) => Promise<Acknowledged>;
  readonly shows: Readonly<Record<string, unknown>>;
}

const HOME = { ...ADDRESS, isPrimary: true };

async function newPerson(): Promise<Person> {
  const user = {
    email: newEmail(),
    fullName: 'Ada',
    addresses: [HOME],
    preferences: { theme: 'dark', size: 12 },
  };
  const created = await command('POST', '/users', user);
  const { body } = await read(`/profiles/${created.id}`, after(created));
  expect(body).toMatchObject({ ...user, version: 1, addresses: [HOME] });
  return { id: created.id, addressId: onlyAddressOf(body) };
}

function onlyAddressOf(body: Readonly<Record<string, unknown>>): string {
  const [address] = body['addresses'] as readonly { readonly id: string }[];
  return address?.id ?? '';
}

const CASES: readonly Case[] = [
  {
    name: 'PATCH /users/{id}',
    act: ({ id }) => command('PATCH', `/users/${id}`, { displayName: 'Countess', bio: null }),
    shows: { displayName: 'Countess', fullName: 'Ada' },
  },
  {
    name: 'PUT /users/{id}/profile',
    act: ({ id, addressId }) =>
      command('PUT', `/users/${id}/profile`, {
        email: newEmail(),
        fullName: 'Ada King',
        addresses: [
          { ...HOME, id: addressId, city: 'Lyon' },
          { ...ADDRESS, label: 'work' },
        ],
        preferences: { theme: 'light', news: [1, 2] },
      }),
    shows: {
      fullName: 'Ada King',
      addresses: [{ label: 'home', city: 'Lyon' }, { label: 'work' }],
      preferences: { theme: 'light', news: [1, 2] },
    },
  },
  {
    name: 'POST /users/{id}/addresses',
    act: ({ id }) => command('POST', `/users/${id}/addresses`, { ...ADDRESS, label: 'work' }),
    shows: { addresses: [{ label: 'home' }, { label: 'work' }] },
  },
  {
    name: 'PUT /users/{id}/addresses/{addressId}',
    act: ({ id, addressId }) =>
      command('PUT', `/users/${id}/addresses/${addressId}`, { ...HOME, city: 'Nice' }),
    shows: { addresses: [{ label: 'home', city: 'Nice' }] },
  },
  {
    name: 'DELETE /users/{id}/addresses/{addressId}',
    act: ({ id, addressId }) => command('DELETE', `/users/${id}/addresses/${addressId}`),
    shows: { addresses: [] },
  },
  {
    name: 'PATCH /users/{id}/preferences',
    act: ({ id }) => command('PATCH', `/users/${id}/preferences`, { theme: null, mail: { daily: true } }),
    shows: { preferences: { size: 12, mail: { daily: true } } },
  },
  {
    name: 'PUT /users/{id}/preferences/{key}',
    act: ({ id }) => command('PUT', `/users/${id}/preferences/theme`, { value: 'light' }),
    shows: { preferences: { theme: 'light', size: 12 } },
  },
  {
    name: 'DELETE /users/{id}/preferences/{key}',
    act: ({ id }) => command('DELETE', `/users/${id}/preferences/theme`),
    shows: { preferences: { size: 12 } },
  },
];

describe('a read with the token of a command and a preferred wait', () => {
  test('shows POST /users at once', async () => {
    const created = await command('POST', '/users', { email: newEmail(), fullName: 'Ada' });
    const { status, body, freshness, headers } = await read(`/profiles/${created.id}`, after(created));
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: created.id, fullName: 'Ada', version: created.version });
    expect(freshness).toMatchObject({ strategy: 'wait', stale: '?0', version: String(created.version) });
    expect(headers['preference-applied']).toBe('wait=20');
  });

  test.each(CASES)('shows $name at once, whole', async ({ act, shows }) => {
    const person = await newPerson();
    const done = await act(person);
    const { status, body, freshness } = await read(`/profiles/${person.id}`, after(done));
    expect(status).toBe(200);
    expect(freshness).toMatchObject({ strategy: 'wait', stale: '?0', version: String(done.version) });
    expect(body).toMatchObject({ version: done.version, ...shows });
  });

  test('shows that DELETE /users/{id} has deleted, and nothing after it', async () => {
    const { id } = await newPerson();
    const deleted = await command('DELETE', `/users/${id}`);
    for (const path of [`/profiles/${id}`, `/profiles/${id}/version`]) {
      const { status, freshness } = await read(path, after(deleted));
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(freshness).toMatchObject({ strategy: 'wait', stale: '?0' });
    }
    expect((await read(`/profiles/${id}`)).status).toBe(404);
  });

  test('shows a command by the look-up of an e-mail that it has just given', async () => {
    const { id } = await newPerson();
    const email = newEmail();
    const moved = await command('PATCH', `/users/${id}`, { email });
    const found = await read(`/profiles?email=${encodeURIComponent(email.toUpperCase())}`, after(moved));
    expect(found.status).toBe(200);
    expect(found.body).toMatchObject({ id, email, version: moved.version });
    expect(found.freshness['stale']).toBe('?0');
  });

  test('shows a command in a list', async () => {
    const { id, addressId } = await newPerson();
    const city = `City ${id}`;
    const moved = await command('PUT', `/users/${id}/addresses/${addressId}`, { ...HOME, city });
    const listed = await read(`/profiles?country=FR&city=${encodeURIComponent(city)}`, after(moved));
    expect(listed.status).toBe(200);
    expect(listed.body).toMatchObject({ items: [{ id, version: moved.version }] });
    expect(listed.freshness['stale']).toBe('?0');
    const left = await command('DELETE', `/users/${id}/addresses/${addressId}`);
    expect((await read(`/profiles?city=${encodeURIComponent(city)}`, after(left))).body).toEqual({
      items: [],
    });
  });

  test('shows a command in /version', async () => {
    const { id } = await newPerson();
    const done = await command('PATCH', `/users/${id}`, { displayName: 'again' });
    const { status, body } = await read(`/profiles/${id}/version`, after(done));
    expect({ status, body }).toEqual({ status: 200, body: { id, version: done.version } });
  });

  test('holds for the last of many commands at once', async () => {
    const { id } = await newPerson();
    const commands = Array.from({ length: 20 }, (_, n) =>
      command('PUT', `/users/${id}/preferences/key-${n}`, { value: n }),
    );
    const done = await Promise.all(commands);
    const last = done.toSorted((a, b) => b.version - a.version)[0];
    if (!last) throw new Error('nothing was acknowledged');
    const { body } = await read(`/profiles/${id}`, after(last));
    expect(body).toMatchObject({
      version: 21,
      preferences: Object.fromEntries(done.map((_, n) => [`key-${n}`, n])),
    });
  });
});
