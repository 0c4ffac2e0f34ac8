import { Type } from 'typebox';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { MAX_ADDRESSES } from '../commands/address-rows.ts';
import { createUser } from '../commands/create-user.ts';
import { deleteUser } from '../commands/delete-user.ts';
import { eraseUser } from '../commands/erase-user.ts';
import { replaceProfile } from '../commands/replace-profile.ts';
import { updateUser } from '../commands/update-user.ts';
import type { Perform } from '../http/perform.ts';
import {
  OWN_USER,
  CHANGE_FAILURES,
  ChangeHeaders,
  CreateHeaders,
  DELETE_FAILURES,
  changed,
  created,
  targetOf,
  UserParams,
} from './command-schema.ts';
import { AddressBody, AddressWithId, Preferences, UserChanges, wholeUser } from './fields.ts';
import { preferencesOf, wholeAddressOf, wholeUserOf } from './whole.ts';

const NewUserBody = Type.Object(
  {
    ...wholeUser,
    addresses: Type.Optional(Type.Array(AddressBody, { maxItems: MAX_ADDRESSES })),
    preferences: Type.Optional(Preferences),
  },
  { additionalProperties: false },
);
/** The children are required: a client that forgets them must not delete them. */
const ProfileBody = Type.Object(
  {
    ...wholeUser,
    addresses: Type.Array(AddressWithId, { maxItems: MAX_ADDRESSES }),
    preferences: Preferences,
  },
  { additionalProperties: false },
);

export function addUserRoutes(app: HttpApp, perform: Perform): void {
  app.post(
    '/users',
    {
      config: ADMIN_ONLY,
      schema: {
        operationId: 'createUser',
        summary: 'Create a user, with addresses and preferences if you like',
        tags: ['users'],
        headers: CreateHeaders,
        body: NewUserBody,
        response: created([400, 409, 413, 415, 422, 503]),
      },
    },
    async (request, reply) => {
      const { addresses = [], preferences = {}, ...user } = request.body;
      const newUser = {
        ...wholeUserOf(user),
        addresses: addresses.map(wholeAddressOf),
        preferences: preferencesOf(preferences, '/preferences'),
      };
      return perform(request, reply, (client) => createUser(client, newUser), 201);
    },
  );

  app.patch(
    '/users/:id',
    {
      config: OWN_USER,
      schema: {
        operationId: 'updateUser',
        summary: 'Change some fields of a user',
        tags: ['users'],
        params: UserParams,
        headers: ChangeHeaders,
        body: UserChanges,
        response: changed(CHANGE_FAILURES),
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      return perform(request, reply, (client) => updateUser(client, target, request.body));
    },
  );

  app.delete(
    '/users/:id',
    {
      config: OWN_USER,
      schema: {
        operationId: 'deleteUser',
        summary: 'Delete a user and all that is theirs',
        tags: ['users'],
        description:
          'With erase=true also what was kept of the commands on the user; the erasure is noted, and readside erase looks whether it has come everywhere.',
        params: UserParams,
        querystring: Type.Object(
          { erase: Type.Boolean({ default: false }) },
          { additionalProperties: false },
        ),
        headers: ChangeHeaders,
        response: changed(DELETE_FAILURES, {
          erasure: Type.Optional(Type.String({ description: 'what it is noted under' })),
        }),
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      return perform(request, reply, (client) =>
        request.query.erase
          ? eraseUser(client, target, request.principal?.subject ?? null)
          : deleteUser(client, target),
      );
    },
  );

  app.put(
    '/users/:id/profile',
    {
      config: OWN_USER,
      schema: {
        operationId: 'replaceProfile',
        summary: 'Replace a user, the addresses and the preferences in one transaction',
        description: 'Addresses with an id keep it, others are new, those left out are deleted.',
        tags: ['users'],
        params: UserParams,
        headers: ChangeHeaders,
        body: ProfileBody,
        response: changed(CHANGE_FAILURES),
      },
    },
    async (request, reply) => {
      const target = targetOf(request);
      const { addresses, preferences, ...user } = request.body;
      const profile = {
        user: wholeUserOf(user),
        addresses: addresses.map(({ id, ...address }) => ({
          ...wholeAddressOf(address),
          ...(id === undefined ? {} : { id: id.toLowerCase() }),
        })),
        preferences: preferencesOf(preferences, '/preferences'),
      };
      return perform(request, reply, (client) => replaceProfile(client, target, profile));
    },
  );
}
