/** The profile page: a user with their addresses and preferences, in one document. */
import { list, map, table } from '../services/shared/projection/definition.ts';
import {
  boolean,
  integer,
  json,
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
      email: text,
      fullName: text,
      displayName: nullable(text),
      phone: nullable(text),
      avatarUrl: nullable(text),
      bio: nullable(text),
      locale: nullable(text),
      status: text,
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
        label: nullable(text),
        line1: text,
        line2: nullable(text),
        city: text,
        region: nullable(text),
        postalCode: nullable(text),
        country: text,
        isPrimary: boolean,
        createdAt: timestamp,
        updatedAt: timestamp,
      },
    }),
    preferences: map('preferences', { parent: 'user_id', key: 'key', value: json }),
  },
  lookups: { email: { field: 'email', ignoreCase: true } },
  filters: { country: 'addresses.country', city: 'addresses.city' },
});
