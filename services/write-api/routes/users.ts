import { Type } from 'typebox';
import { ADMIN_ONLY } from '../../shared/auth/access.ts';
import type { HttpApp } from '../../shared/http-app.ts';
import { MAX_ADDRESSES } from '../commands/address-rows.ts';
import { createUser } from '../commands/create-user.ts';
import { deleteUser } from '../commands/delete-user.ts';
import { eraseUser } from '../commands/erase-user.ts';
import { replaceProfile } from '../commands/replace-profile.ts';
import { updateUser } from '../commands/update-user.ts';
import { ChangeHeaders, CreateHeaders } from '../http/command-schema.ts';
import type { PerformOnUser } from '../http/perform-on-user.ts';
import { targetOf } from '../http/root-target.ts';
import { OWN_USER, CHANGED, CREATED, ERASED, UserParams } from './command-schema.ts';
import {
  ADDRESS_EXAMPLE,
  ADDRESS_ID,
  AddressBody,
  AddressWithId,
  PREFERENCES_EXAMPLE,
  Preferences,
  UserChanges,
  wholeUser,
} from './fields.ts';
import { OF_CHANGES, refusals } from './refusals.ts';
import { preferencesOf, wholeAddressOf, wholeUserOf } from './whole.ts';

const EXAMPLE = {
  email: 'ada@example.com',
  fullName: 'Ada Lovelace',
  locale: 'en-GB',
  preferences: PREFERENCES_EXAMPLE,
};
const NewUserBody = Type.Object(
  {
    ...wholeUser,
    addresses: Type.Optional(Type.Array(AddressBody, { maxItems: MAX_ADDRESSES })),
    preferences: Type.Optional(Preferences),
  },
  { additionalProperties: false, examples: [{ ...EXAMPLE, addresses: [ADDRESS_EXAMPLE] }] },
);
/** The children are required: a client that forgets them must not delete them. */
const ProfileBody = Type.Object(
  {
    ...wholeUser,
    addresses: Type.Array(AddressWithId, { maxItems: MAX_ADDRESSES }),
    preferences: Preferences,
  },
  {
    additionalProperties: false,
    examples: [{ ...EXAMPLE, addresses: [{ id: ADDRESS_ID, ...ADDRESS_EXAMPLE }] }],
  },
);

export function addUserRoutes(app: HttpApp, perform: PerformOnUser): void {
  app.post(
    '/users',
    {
      config: {
        ...ADMIN_ONLY,
        problems: refusals('email-taken', 'second-primary-address', 'limit-exceeded', 'unstorable-value'),
      },
      schema: {
        operationId: 'createUser',
        summary: 'Create a user, with addresses and preferences if you like',
        tags: ['users'],
        headers: CreateHeaders,
        body: NewUserBody,
        response: CREATED,
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
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES, 'email-taken', 'unstorable-value') },
      schema: {
        operationId: 'updateUser',
        summary: 'Change some fields of a user',
        tags: ['users'],
        params: UserParams,
        headers: ChangeHeaders,
        body: UserChanges,
        response: CHANGED,
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
      config: { ...OWN_USER, problems: refusals(...OF_CHANGES) },
      schema: {
        operationId: 'deleteUser',
        summary: 'Delete a user and all that is theirs',
        tags: ['users'],
        description:
          'With erase=true also what was kept of the commands on the user; the erasure is noted, and readside erase looks whether it has come everywhere.',
        params: UserParams,
        querystring: Type.Object(
          {
            erase: Type.Optional(
              Type.Boolean({
                default: false,
                description: 'whether what was kept of the commands on the user goes too',
                examples: [true],
              }),
            ),
          },
          { additionalProperties: false },
        ),
        headers: ChangeHeaders,
        response: ERASED,
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
      config: {
        ...OWN_USER,
        problems: refusals(
          ...OF_CHANGES,
          'email-taken',
          'second-primary-address',
          'not-an-own-address',
          'limit-exceeded',
          'unstorable-value',
        ),
      },
      schema: {
        operationId: 'replaceProfile',
        summary: 'Replace a user, the addresses and the preferences in one transaction',
        description: 'Addresses with an id keep it, others are new, those left out are deleted.',
        tags: ['users'],
        params: UserParams,
        headers: ChangeHeaders,
        body: ProfileBody,
        response: CHANGED,
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
