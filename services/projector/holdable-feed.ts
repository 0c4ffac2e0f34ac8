/**
 * A feed that stands aside while a rebuild swaps the documents: it finishes its batches, commits them and leaves the group, and joins
 * again with a new feed when the hold has ended. An empty group is how the rebuild knows that nobody works on the documents.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';
import type { OpenPartition } from './change-feed.ts';
import type { KafkaFeed } from './kafka-feed.ts';

export interface HoldableFeedOptions {
  readonly make: () => KafkaFeed;
  readonly isHeld: () => Promise<boolean>;
  /** A feed could not be started or stopped. */
  readonly onFailure: (error: Error) => void;
  readonly logger: Logger;
}

const POLL_MS = 500;

export interface HoldableFeed extends KafkaFeed {
  /** It stands aside now. */
  held(): boolean;
}

/** `start` resolves when the feed has joined, or is held. */
export function createHoldableFeed({ make, isHeld, onFailure, logger }: HoldableFeedOptions): HoldableFeed {
  const stopped = new AbortController();
  let feed: KafkaFeed | null = null;
  let isAside = false;
  let asking = true;
  let watching: Promise<void> = Promise.resolve();
  let observing: Promise<void> = Promise.resolve();

  function fail(error: unknown): void {
    if (!stopped.signal.aborted) onFailure(error instanceof Error ? error : new Error(String(error)));
  }

  /** null: MongoDB does not say. Then all stays as it is: a rebuild waits until the group is empty. */
  async function heldNow(): Promise<boolean | null> {
    try {
      const held = await isHeld();
      asking = true;
      return held;
    } catch (error) {
      if (asking) logger.warn({ err: error }, 'cannot ask whether a rebuild holds the projection');
      asking = false;
      return null;
    }
  }

  async function letGo(held: KafkaFeed): Promise<void> {
    logger.info('standing aside while a rebuild swaps the documents');
    await Promise.allSettled([observing]); // it notes positions, which the rebuild will make void
    await held.stop();
    feed = null;
  }

  async function watch(open: OpenPartition, settled: () => void): Promise<void> {
    try {
      for (;;) {
        const held = await heldNow();
        if (held !== null) isAside = held;
        if (held === true && feed !== null) await letGo(feed);
        if (held === true) settled();
        if (held === false && feed === null && !stopped.signal.aborted) {
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
    held: () => isAside,
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
