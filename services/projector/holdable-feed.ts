/**
 * A feed that stands aside while a rebuild swaps the documents, or while it is paused: it finishes its batches, commits them and leaves the group, and joins
 * again with a new feed when the hold has ended. An empty group is how the rebuild knows that nobody works on the documents.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { HeldBy } from '../shared/held-by.ts';
import type { Logger } from '../shared/logger.ts';
import type { OpenPartition } from './change-feed.ts';
import type { KafkaFeed } from './kafka-feed.ts';

export interface HoldableFeedOptions {
  readonly make: () => KafkaFeed;
  /** null: nothing. */
  readonly heldBy: () => Promise<HeldBy | null>;
  /** A feed could not be started or stopped. */
  readonly onFailure: (error: Error) => void;
  readonly logger: Logger;
}

/** A rollback is to be done within a second. */
const POLL_MS = 200;

export interface HoldableFeed extends KafkaFeed {
  /** What it stands aside for now; null: it does not. */
  held(): HeldBy | null;
}

/** `start` resolves when the feed has joined, or is held. */
export function createHoldableFeed({ make, heldBy, onFailure, logger }: HoldableFeedOptions): HoldableFeed {
  const stopped = new AbortController();
  let feed: KafkaFeed | null = null;
  let aside: HeldBy | null = null;
  let asking = true;
  let watching: Promise<void> = Promise.resolve();
  let observing: Promise<void> = Promise.resolve();

  function fail(error: unknown): void {
    if (!stopped.signal.aborted) onFailure(error instanceof Error ? error : new Error(String(error)));
  }

  /** undefined: MongoDB does not say. Then all stays as it is: a rebuild waits until the group is empty. */
  async function heldNow(): Promise<HeldBy | null | undefined> {
    try {
      const held = await heldBy();
      asking = true;
      return held;
    } catch (error) {
      if (asking) logger.warn({ err: error }, 'cannot ask whether the projection is held');
      asking = false;
      return undefined;
    }
  }

  async function letGo(held: KafkaFeed, by: HeldBy): Promise<void> {
    logger.info({ by }, 'standing aside');
    await Promise.allSettled([observing]); // it notes positions, which the rebuild will make void
    await held.stop();
    feed = null;
  }

  async function watch(open: OpenPartition, settled: () => void): Promise<void> {
    try {
      for (;;) {
        const held = await heldNow();
        if (held !== undefined) aside = held;
        if (held && feed !== null) await letGo(feed, held);
        if (held) settled();
        if (held === null && feed === null && !stopped.signal.aborted) {
          feed = make();
          // Not waited for: it joins when there is a topic, and until then a hold must still be heard.
          feed.start(open).then(settled, fail);
        }
        await sleep(POLL_MS, undefined, { signal: stopped.signal });
      }
    } catch (error) {
      fail(error);
    }
  }

  return {
    assigned: () => feed?.assigned() ?? null,
    held: () => aside,
    stalled: () => feed?.stalled() ?? null,
    observe() {
      observing = feed?.observe() ?? Promise.resolve();
      return observing;
    },
    alive: () => feed?.alive(),
    start: (open) =>
      new Promise((resolve) => {
        watching = watch(open, resolve);
      }),
    async stop() {
      stopped.abort();
      await watching;
      await feed?.stop();
    },
  };
}
