/**
 * The shop of examples/orders with all its read models: how long its reads take and how late an order is shown, idle, at the load that separate read
 * models are taught with, and at three times that; and a customer of 10,000 orders renamed, without load, and at that load beside the same seconds without the renaming.
 * READSIDE_BENCH_ROUNDS (3), READSIDE_BENCH_PROBES (120).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClient } from 'mongodb';
import type { Collection } from 'mongodb';
import pg from 'pg';
import { encodeToken } from '../services/shared/consistency-token.ts';
import type { StoredDocument } from '../services/shared/stored-document.ts';
import type { Clients } from './load/mixed.ts';
import type { Benchmark } from './support/benchmark.ts';
import { REFERENCE, THREE_TIMES, underLoad, warmUp } from './support/mixed-load.ts';
import type { Rates } from './support/mixed-load.ts';
import { ordersOutcome } from './support/orders-outcome.ts';
import type { Measured, Renaming } from './support/orders-outcome.ts';
import { observeReads } from './support/probe.ts';
import type { Change } from './support/probe.ts';
import { quantiles } from './support/quantiles.ts';
import type { Quantiles } from './support/quantiles.ts';
import { seedShop } from './support/seed-shop.ts';

const ROUNDS = Number(process.env['READSIDE_BENCH_ROUNDS'] ?? 3);
const PROBES = Number(process.env['READSIDE_BENCH_PROBES'] ?? 120);
/** At most, for each is looked for until it is shown. They are changes as the load's are, and a part of them. */
const PROBES_A_SECOND = 4;
const SIZES = { customers: 500, products: 2000, orders: 20, theirs: 10_000 };
const LOADS = { idle: null, 'reference load': REFERENCE, 'three times that': THREE_TIMES } as const;
/** As many orders as the traffic remembers. */
const KNOWN = 300;
const RENAMED_BY_MS = 60_000;
/** Each look reads all of them. */
const LOOK_EVERY_MS = 250;

export const orders: Benchmark = async (system, signal, tell) => {
  const { postgresUrl, mongoUrl, readApiUrl, writeApiUrl } = system.info();
  const sql = new pg.Client({ connectionString: postgresUrl });
  const mongo = new MongoClient(mongoUrl);
  await Promise.all([sql.connect(), mongo.connect()]);
  const collections = ['orders', 'order_search'].map((name) => mongo.db().collection<StoredDocument>(name));
  try {
    tell(`${SIZES.theirs + SIZES.customers * SIZES.orders} orders, through the pipeline …`);
    const shop = await seedShop(sql, collections, SIZES, signal);
    // Nobody else touches the first one: it is where one looks how late a change is shown.
    const [probed, ...others] = shop.orders;
    if (!probed) throw new Error('the shop has no order');
    const every = Math.floor(others.length / KNOWN);
    const clients: Clients = {
      of: 'shop',
      know: {
        known: others.filter((_, at) => at % every === 0).slice(0, KNOWN),
        orders: others.map(({ id }) => id),
        customers: shop.customers,
      },
    };
    await warmUp(system, clients, signal, tell, REFERENCE);
    const shown = (count: number, until: AbortSignal): Promise<Quantiles> =>
      lateness(sql, readApiUrl, probed.id, count, until);
    const under = <T>(rates: Rates, work: () => Promise<T>) =>
      underLoad(system, clients, { ...rates, writes: rates.writes - PROBES_A_SECOND }, work, Infinity);

    const measured: Measured[] = [];
    for (let round = 1; round <= ROUNDS; round++)
      for (const [load, rates] of Object.entries(LOADS)) {
        signal.throwIfAborted();
        const work = (): Promise<Quantiles> => shown(PROBES, signal);
        const { result, load: met } = rates ? await under(rates, work) : { result: await work(), load: null };
        measured.push({ load, shown: result, met });
        tell(`round ${round}, ${load}: an order is shown after p50 ${result.p50} ms, p99 ${result.p99} ms`);
        if (met)
          tell(
            `  ${met.writes.rate} commands/s, p99 ${met.writes.p99} ms, ${met.refused} refused; ${met.reads.rate} reads/s, p99 ${met.reads.p99} ms; ${met.failed} failed${met.failure === null ? '' : `, the first: ${met.failure}`}`,
          );
      }

    const renamings: Renaming[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      signal.throwIfAborted();
      const alone = await rename(writeApiUrl, collections, shop.largest, `Ada Byron ${round}`);
      const name = `Ada King ${round}`;
      const watched = async <T>(act: () => Promise<T>) =>
        under(REFERENCE, () => beside((until) => shown(Infinity, until), signal, act));
      const during = await watched(() => rename(writeApiUrl, collections, shop.largest, name));
      const ms = during.result.done;
      const without = await watched(() => sleep(ms, undefined, { signal }));
      renamings.push({
        alone: alone / 1000,
        seconds: ms / 1000,
        reads: [during.load.reads.p99, without.load.reads.p99],
        shown: [during.result.shown.p99, without.result.shown.p99],
      });
      tell(
        `round ${round}: ${SIZES.theirs} orders renamed in ${(alone / 1000).toFixed(2)} s, and under load in ${(ms / 1000).toFixed(2)} s; reads p99 ${during.load.reads.p99} ms, without it ${without.load.reads.p99} ms; others’ orders shown p99 ${during.result.shown.p99} ms, without it ${without.result.shown.p99} ms`,
      );
    }
    return ordersOutcome({ settings: { rounds: ROUNDS, changes: PROBES, ...SIZES }, measured, renamings });
  } finally {
    await Promise.all([sql.end(), mongo.close()]);
  }
};

/** From the commit until whoever asks for the order sees it. */
async function lateness(
  sql: pg.Client,
  readApiUrl: string,
  id: string,
  count: number,
  signal: AbortSignal,
): Promise<Quantiles> {
  const observer = await observeReads(readApiUrl, false, { path: '/orders', field: 'version', pauseMs: 4 });
  try {
    const found: number[] = [];
    while (found.length < count && !signal.aborted) {
      const change = await touch(sql, id);
      found.push((await observer.seen(change)) - change.committedAt);
      // Not in step with anybody's polling.
      const pause = (1000 / PROBES_A_SECOND) * (0.5 + Math.random());
      await sleep(Math.max(0, change.committedAt + pause - performance.now()));
    }
    return quantiles(found);
  } finally {
    await observer.close();
  }
}

async function touch(sql: pg.Client, id: string): Promise<Change> {
  const { rows } = await sql.query<{ version: number }>(
    'update orders set version = version + 1, updated_at = statement_timestamp() where id = $1 returning version',
    [id],
  );
  const committedAt = performance.now();
  const revision = rows[0]?.version ?? 0;
  return { id, text: String(revision), committedAt, token: encodeToken({ id, revision, deleted: false }) };
}

/** How late another customer's order is shown for as long as `act` lasts. */
async function beside<T>(
  shown: (until: AbortSignal) => Promise<Quantiles>,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<{ readonly done: T; readonly shown: Quantiles }> {
  const over = new AbortController();
  const looking = shown(AbortSignal.any([over.signal, signal]));
  // It is told below, when the act is over.
  looking.catch(() => undefined);
  try {
    const done = await act();
    over.abort();
    return { done, shown: await looking };
  } finally {
    over.abort();
    await looking;
  }
}

/** Milliseconds until each order of the customer's, in each collection, has the new name. */
async function rename(
  writeApiUrl: string,
  collections: readonly Collection<StoredDocument>[],
  customerId: string,
  name: string,
): Promise<number> {
  const response = await fetch(`${writeApiUrl}/customers/${customerId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  });
  if (!response.ok) throw new Error(`the customer could not be renamed: ${await response.text()}`);
  const began = performance.now();
  for (const documents of collections)
    // An exact count, by the index of the customer's orders, of what a majority has.
    while (
      (await documents.countDocuments(
        { customerId, customerName: name },
        { readConcern: { level: 'majority' } },
      )) !== SIZES.theirs
    ) {
      if (performance.now() - began > RENAMED_BY_MS)
        throw new Error(`${documents.collectionName} still has the old name`);
      await sleep(LOOK_EVERY_MS);
    }
  return performance.now() - began;
}
