/** The write API's HTTP application on a pool that it is given; owns neither the pool nor a port. */
import type { HttpApp } from '../shared/http-app.ts';
import type { Acknowledgement } from './commands/acknowledgement.ts';
import { refusalOfConstraint } from './commands/refusal.ts';
import { createCommandApp } from './http/command-app.ts';
import type { CommandAppOptions } from './http/command-app.ts';
import type { ToldOfUser } from './http/perform-on-user.ts';
import { problemOf } from './http/user-problem.ts';
import { addAddressRoutes } from './routes/addresses.ts';
import { addPreferenceRoutes } from './routes/preferences.ts';
import { addUserRoutes } from './routes/users.ts';

const TAGS = [
  { name: 'users', description: 'A user, and with addresses and preferences as one.' },
  { name: 'addresses', description: 'The addresses of a user, one by one.' },
  { name: 'preferences', description: 'The preferences of a user: any JSON value by a key.' },
];

/** Of the latest migration that commands need: it has made this deferrable. */
const MIGRATED = `to_regclass('public.preferences') is not null
  and to_regclass('readside.idempotency_keys') is not null
  and exists (select from pg_constraint where conname = 'addresses_user_fkey' and condeferrable)`;

export async function createWriteApi(options: CommandAppOptions): Promise<HttpApp> {
  const { app, perform } = await createCommandApp<Acknowledgement, ToldOfUser>(options, {
    title: 'Readside write API',
    description:
      'Commands on users, their addresses and preferences. Each is one Postgres transaction, answers with the user’s new version, and ' +
      'can be sent again under the same `Idempotency-Key`. Its `Consistency-Token` lets the read API wait for what it did.',
    tags: TAGS,
    migrated: MIGRATED,
    refusalOfConstraint,
    problemOf,
    locationOf: ({ id, addressId }) =>
      addressId === undefined ? `/users/${id}` : `/users/${id}/addresses/${addressId}`,
    moreOf: ({ erasureId }) => (erasureId === undefined ? {} : { erasure: erasureId }),
  });
  addUserRoutes(app, perform);
  addAddressRoutes(app, perform);
  addPreferenceRoutes(app, perform);
  return app;
}
