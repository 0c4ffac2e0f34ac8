/** Search and browse: a slim entry a user, found by the beginnings of names and e-mail addresses, in several orders, with counts. */
import { list, map, table } from '../services/shared/projection/definition.ts';
import {
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
  name: 'directory',
  version: 1,
  stream: 'profile',
  resource: 'directory',
  revision: 'version',
  root: table('users', {
    key: 'id',
    fields: {
      id: uuid,
      email: like('ada@example.com', text),
      fullName: like('Ada Lovelace', text),
      displayName: nullable(like('Ada', text)),
      avatarUrl: nullable(like('https://example.com/ada.png', text)),
      status: like('active', text),
      version: integer,
      createdAt: timestamp,
    },
  }),
  embed: {
    addresses: list('addresses', {
      parent: 'user_id',
      key: 'id',
      orderBy: ['createdAt', 'id'],
      fields: { id: uuid, city: like('Lyon', text), country: like('FR', text), createdAt: timestamp },
    }),
    preferences: map('preferences', {
      parent: 'user_id',
      key: 'key',
      value: json,
      example: { theme: 'dark', notifications: { email: true } },
    }),
  },
  filters: {
    country: 'addresses.country',
    city: 'addresses.city',
    status: 'status',
    preference: 'preferences',
  },
  search: {
    text: ['fullName', 'displayName', 'email'],
    sorts: { name: 'fullName', email: 'email', created: 'createdAt' },
    facets: {
      country: 'addresses.country',
      city: 'addresses.city',
      status: 'status',
      preference: 'preferences',
    },
  },
});
