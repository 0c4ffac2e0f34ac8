/** The write API's HTTP application on a pool that it is given; owns neither the pool nor a port. */
import type { Tracer } from '@opentelemetry/api';
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';
import { createHttpApp } from '../shared/http-app.ts';
import type { HttpApp } from '../shared/http-app.ts';
import type { Protection } from '../shared/auth/protection.ts';
import type { Logger } from '../shared/logger.ts';
import { postgresReadiness } from './database/readiness.ts';
import { createTransactions } from './database/transaction.ts';
import { readJsonBodies } from './http/json-body.ts';
import { createPerform } from './http/perform.ts';
import { addAddressRoutes } from './routes/addresses.ts';
import { addPreferenceRoutes } from './routes/preferences.ts';
import { addUserRoutes } from './routes/users.ts';

const TAGS = [
  { name: 'users', description: 'A user, and with addresses and preferences as one.' },
  { name: 'addresses', description: 'The addresses of a user, one by one.' },
  { name: 'preferences', description: 'The preferences of a user: any JSON value by a key.' },
];

export interface WriteApiOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly version: string;
  readonly protection: Protection;
  readonly tracer?: Tracer | undefined;
}

export async function createWriteApi({
  pool,
  logger,
  version,
  protection,
  tracer,
}: WriteApiOptions): Promise<HttpApp> {
  const app = await createHttpApp({
    logger,
    title: 'Readside write API',
    description:
      'Commands on users, their addresses and preferences. Each is one Postgres transaction, answers with the user’s new version, and ' +
      'can be sent again under the same `Idempotency-Key`. Its `Consistency-Token` lets the read API wait for what it did.',
    version,
    tags: TAGS,
    protection,
    tracer,
    readiness: { postgres: () => postgresReadiness(pool) },
  });
  const retries = new Counter({
    name: 'write_api_transaction_retries_total',
    help: 'Transactions tried again after a deadlock, a serialization failure or a lock timeout',
    registers: [app.metrics],
  });
  const connections = new Gauge({
    name: 'write_api_pool_connections',
    help: 'Postgres connections by state, and requests that wait for one',
    labelNames: ['state'],
    registers: [],
    collect() {
      this.set({ state: 'open' }, pool.totalCount);
      this.set({ state: 'idle' }, pool.idleCount);
      this.set({ state: 'waiting' }, pool.waitingCount);
    },
  });
  app.metrics.registerMetric(connections);
  readJsonBodies(app);
  const perform = createPerform(createTransactions(pool, () => retries.inc()));
  addUserRoutes(app, perform);
  addAddressRoutes(app, perform);
  addPreferenceRoutes(app, perform);
  return app;
}
