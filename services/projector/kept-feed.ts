/**
 * Feeds the documents that a rebuild has replaced, for as long as they are kept (shared/kept-documents.ts): by the same steps as the live
 * ones, in a group of their own, and by projectors of the version that they were built by. Those stand aside for live documents that a
 * newer version has built, and do this all the same. What goes wrong here never ends the process, which has better things to do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import type { Db } from 'mongodb';
import { dropKept, readKept } from '../shared/kept-documents.ts';
import type { KeptRecord } from '../shared/kept-documents.ts';
import type { Logger } from '../shared/logger.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { DecodedBatch } from './apply-batch.ts';
import type { OpenPartition } from './change-feed.ts';
import { decodeAll } from './decode.ts';
import type { KafkaFeed } from './kafka-feed.ts';

export interface KeptFeedOptions {
  readonly db: Db;
  readonly admin: Admin;
  readonly projection: Pick<Projection, 'name' | 'version'>;
  readonly make: (kept: KeptRecord, onCrash: (error: Error) => void) => KafkaFeed;
  /** Applies batches to the kept documents. `alive`: what is done takes long and is no standstill. */
  readonly applyTo: (kept: KeptRecord, alive: () => void) => (batch: DecodedBatch) => Promise<void>;
  /** Whether this process is the one that removes them when their time is over. */
  readonly isInCharge: () => boolean;
  readonly logger: Logger;
}

interface Feeding {
  readonly collection: string;
  readonly feed: KafkaFeed;
  readonly isBroken: () => boolean;
}

const POLL_MS = 1000;

/** The returned function ends it, and waits for what is under way. */
export function startKeptFeed(options: KeptFeedOptions): () => Promise<void> {
  const { db, admin, projection, make, applyTo, isInCharge, logger } = options;
  const stopped = new AbortController();
  let feeding: Feeding | null = null;

  function begin(kept: KeptRecord): Feeding {
    let broken = false;
    const onCrash = (error: Error): void => {
      broken = true;
      logger.warn({ err: error }, 'the kept documents are not fed; trying again');
    };
    const feed = make(kept, onCrash);
    feed.start(openWith(applyTo(kept, () => feed.alive()))).catch((error: unknown) => {
      if (!stopped.signal.aborted) onCrash(error instanceof Error ? error : new Error(String(error)));
    });
    logger.info({ collection: kept.collection, until: kept.until }, 'feeding the documents that are kept');
    return { collection: kept.collection, feed, isBroken: () => broken };
  }

  async function look(): Promise<void> {
    const kept = await readKept(db, projection.name);
    const mine = kept !== null && !kept.over && kept.definition.version === projection.version ? kept : null;
    if (feeding !== null && (feeding.collection !== mine?.collection || feeding.isBroken())) {
      const { feed } = feeding;
      feeding = null;
      await feed.stop();
    }
    if (mine !== null) feeding ??= begin(mine);
    await feeding?.feed.observe();
    if (kept?.over === true && isInCharge() && (await dropKept(db, admin, kept)))
      logger.info({ collection: kept.collection }, 'the kept documents are removed: their time is over');
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await look().catch((error: unknown) =>
        logger.warn({ err: error }, 'the kept documents cannot be looked after now'),
      );
      await sleep(POLL_MS, undefined, { signal: stopped.signal }).catch(() => undefined); // asked to stop
    }
    await feeding?.feed.stop();
  }

  const running = run();
  return async () => {
    stopped.abort();
    await running;
  };
}

/** Nobody reads them, so nothing is held back to be whole: a rollback need not wait for what may come. */
function openWith(apply: (batch: DecodedBatch) => Promise<void>): OpenPartition {
  return (session) => ({
    async take({ changes, next }) {
      const { partition, signal } = session;
      if (changes.length > 0) await apply({ partition, changes: decodeAll(changes), signal });
      session.commit(next);
    },
    settled: () => Promise.resolve(),
  });
}
