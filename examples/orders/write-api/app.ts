/** The shop's write API: an HTTP application on a pool that it is given; owns neither the pool nor a port. */
import type { HttpApp } from '../../../services/shared/http-app.ts';
import { createCommandApp } from '../../../services/write-api/http/command-app.ts';
import type { CommandAppOptions } from '../../../services/write-api/http/command-app.ts';
import type { Made } from './commands/made.ts';
import { refusalOfConstraint } from './commands/refusal.ts';
import { problemOf } from './http/order-problem.ts';
import { addCustomerRoutes } from './routes/customers.ts';
import { addOrderRoutes } from './routes/orders.ts';
import { addProductRoutes } from './routes/products.ts';

const TAGS = [
  {
    name: 'orders',
    description: 'An order from its placing to its delivery or its cancel, with what is given back.',
  },
  { name: 'products', description: 'What is sold, for how much, and how many there are.' },
  { name: 'customers', description: 'Who orders.' },
];

/** The latest migration that commands need gives the writer this. */
const MIGRATED = `to_regclass('readside.idempotency_keys') is not null
  and to_regclass('public.order_numbers') is not null
  and has_sequence_privilege(to_regclass('public.order_numbers'), 'usage')`;

export async function createOrdersApi(options: CommandAppOptions): Promise<HttpApp> {
  const { app, perform } = await createCommandApp<Made, object>(options, {
    title: 'Orders write API',
    description:
      'Commands of a shop. Each is one Postgres transaction, answers with the new version of what it was on, and can be sent again under ' +
      'the same `Idempotency-Key`. Its `Consistency-Token` lets the read API wait for what it did. Money is an integer of the ' +
      'currency’s smallest unit.',
    tags: TAGS,
    migrated: MIGRATED,
    refusalOfConstraint,
    problemOf,
    locationOf: ({ kind, id }) => `/${kind}/${id}`,
    moreOf: () => ({}),
  });
  addOrderRoutes(app, perform);
  addProductRoutes(app, perform);
  addCustomerRoutes(app, perform);
  return app;
}
