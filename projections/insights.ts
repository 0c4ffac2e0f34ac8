/** How many users there are, by country, status and day of sign-up, and what they prefer. */
import {
  byDay,
  byEntry,
  byValue,
  every,
  list,
  map,
  table,
} from '../services/shared/projection/definition.ts';
import { integer, json, like, text, timestamp, uuid } from '../services/shared/projection/field-types.ts';
import { defineProjection } from '../services/shared/projection/projection.ts';

export default defineProjection({
  name: 'insights',
  version: 1,
  stream: 'profile',
  resource: 'insights',
  revision: 'version',
  root: table('users', {
    key: 'id',
    fields: { id: uuid, status: like('active', text), version: integer, createdAt: timestamp },
  }),
  embed: {
    addresses: list('addresses', {
      parent: 'user_id',
      key: 'id',
      orderBy: ['id'],
      fields: { id: uuid, country: like('FR', text) },
    }),
    preferences: map('preferences', {
      parent: 'user_id',
      key: 'key',
      value: like('dark', json),
    }),
  },
  tallies: {
    users: every,
    usersByStatus: byValue('status'),
    // A user with addresses in two countries is one in each.
    usersByCountry: byValue('addresses.country'),
    signUpsByDay: byDay('createdAt'),
    preferences: byEntry('preferences'),
  },
});
