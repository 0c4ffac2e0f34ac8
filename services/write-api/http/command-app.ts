/** What every application of commands starts from, whatever they are about: transactions that are counted, JSON bodies, one way to perform. */
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';
import type { Tracer } from '@opentelemetry/api';
import type { Acknowledged } from '../commands/acknowledgement.ts';
import type { RefusalOfConstraint } from '../database/sql-errors.ts';
import { postgresReadiness } from '../database/readiness.ts';
import { createTransactions } from '../database/transaction.ts';
import type { Protection } from '../../shared/auth/protection.ts';
import { createHttpApp } from '../../shared/http-app.ts';
import type { HttpApp, HttpAppOptions } from '../../shared/http-app.ts';
import type { Logger } from '../../shared/logger.ts';
import { readJsonBodies } from './json-body.ts';
import { createPerform } from './perform.ts';
import type { Perform, PerformOptions } from './perform.ts';

/** What a process gives. */
export interface CommandAppOptions {
  readonly pool: Pool;
  readonly logger: Logger;
  readonly version: string;
  readonly protection: Protection;
  readonly tracer?: Tracer | undefined;
}

/** What a domain gives. */
export interface CommandDomain<A extends Acknowledged, More extends object>
  extends
    Required<Pick<HttpAppOptions, 'title' | 'description' | 'tags'>>,
    Omit<PerformOptions<A, More>, 'inTransaction'> {
  /** SQL condition: the tables are as the commands need them */
  readonly migrated: string;
  readonly refusalOfConstraint: RefusalOfConstraint;
}

export async function createCommandApp<A extends Acknowledged, More extends object>(
  { pool, logger, version, protection, tracer }: CommandAppOptions,
  { title, description, tags, migrated, refusalOfConstraint, ...performing }: CommandDomain<A, More>,
): Promise<{ readonly app: HttpApp; readonly perform: Perform<A, More> }> {
  const app = await createHttpApp({
    logger,
    title,
    description,
    version,
    tags,
    protection,
    tracer,
    readiness: { postgres: () => postgresReadiness(pool, migrated) },
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
  const inTransaction = createTransactions(pool, () => retries.inc(), refusalOfConstraint);
  return { app, perform: createPerform({ inTransaction, ...performing }) };
}
