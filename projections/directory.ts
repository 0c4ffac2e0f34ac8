/** Search and browse: a slim entry a user, found by the beginnings of names and e-mail addresses, in several orders, with counts. */
import { list, map, table } from '../services/shared/projection/definition.ts';
import { integer, json, nullable, text, timestamp, uuid } from '../services/shared/projection/field-types.ts';
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
      email: text,
      fullName: text,
      displayName: nullable(text),
      avatarUrl: nullable(text),
      status: text,
      version: integer,
      createdAt: timestamp,
    },
  }),
  embed: {
    addresses: list('addresses', {
      parent: 'user_id',
      key: 'id',
      orderBy: ['createdAt', 'id'],
      fields: { id: uuid, city: text, country: text, createdAt: timestamp },
    }),
    preferences: map('preferences', { parent: 'user_id', key: 'key', value: json }),
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
