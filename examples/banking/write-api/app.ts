/** The bank's write API on a pool that it is given; owns neither the pool nor a port. */
import type { HttpApp } from '../../../services/shared/http-app.ts';
import { createCommandApp } from '../../../services/write-api/http/command-app.ts';
import type { CommandAppOptions } from '../../../services/write-api/http/command-app.ts';
import type { Acknowledgement } from './commands/accounts.ts';
import { problemOf } from './routes/account-problem.ts';
import { addAccountRoutes } from './routes/accounts.ts';
import type { Told } from './routes/accounts.ts';

/** Of the latest migration that commands need. */
const MIGRATED = `to_regclass('readside.idempotency_keys') is not null
  and exists (select from pg_constraint where conname = 'emt_messages_entry')`;

export async function createBankingApi(options: CommandAppOptions): Promise<HttpApp> {
  const { app, perform } = await createCommandApp<Acknowledgement, Told>(options, {
    title: 'Banking write API',
    description:
      'Commands on accounts, whose events are all that is kept. Each is one Postgres transaction, answers with the account’s new version, and ' +
      'can be sent again under the same `Idempotency-Key`. Its `Consistency-Token` lets the read API wait for what it did.',
    tags: [{ name: 'accounts', description: 'Accounts, and the money that moves between them.' }],
    migrated: MIGRATED,
    refusalOfConstraint: () => undefined,
    problemOf,
    locationOf: ({ id }) => `/accounts/${id}`,
    moreOf: ({ transferId }) => (transferId === undefined ? {} : { transferId }),
  });
  addAccountRoutes(app, perform);
  return app;
}
