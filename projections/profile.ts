/** The profile page: a user with their addresses and preferences, in one document. */
import { list, map, table } from '../services/shared/projection/definition.ts';
import {
  boolean,
  integer,
  json,
  like,
  nullable,
  text,
  timestamp,
  uuid,
} from '../services/shared/projection/field-types.ts';
import { defineProjection } from '../services/shared/projection/projection.ts';

export default defineProjection({
  name: 'profile',
  version: 1,
  stream: 'profile',
  resource: 'profiles',
  revision: 'version',
  root: table('users', {
    key: 'id',
    fields: {
      id: uuid,
      email: like('ada@example.com', text),
      fullName: like('Ada Lovelace', text),
      displayName: nullable(like('Ada', text)),
      phone: nullable(like('+33 1 23 45 67 89', text)),
      avatarUrl: nullable(like('https://example.com/ada.png', text)),
      bio: nullable(like('Writes programs for an engine.', text)),
      locale: nullable(like('en-GB', text)),
      status: like('active', text),
      version: integer,
      createdAt: timestamp,
      updatedAt: timestamp,
    },
  }),
  embed: {
    addresses: list('addresses', {
      parent: 'user_id',
      key: 'id',
      orderBy: ['createdAt', 'id'],
      fields: {
        id: uuid,
        label: nullable(like('home', text)),
        line1: like('12 rue Mercière', text),
        line2: nullable(like('bâtiment B', text)),
        city: like('Lyon', text),
        region: nullable(like('Rhône', text)),
        postalCode: nullable(like('69002', text)),
        country: like('FR', text),
        isPrimary: boolean,
        createdAt: timestamp,
        updatedAt: timestamp,
      },
    }),
    preferences: map('preferences', {
      parent: 'user_id',
      key: 'key',
      value: json,
      example: { theme: 'dark', notifications: { email: true } },
    }),
  },
  lookups: { email: { field: 'email', ignoreCase: true } },
  filters: { country: 'addresses.country', city: 'addresses.city' },
});
