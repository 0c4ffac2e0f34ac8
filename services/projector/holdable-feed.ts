/**
 * A feed that stands aside while a rebuild swaps the documents: it finishes its batches, commits them and leaves the group, and joins
 * again with a new feed when the hold has ended. An empty group is how the rebuild knows that nobody works on the documents.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';
import type { ChangeFeed, HandleBatch } from './change-feed.ts';

export interface HoldableFeedOptions {
  readonly make: () => ChangeFeed;
  readonly isHeld: () => Promise<boolean>;
  /** A feed could not be started or stopped. */
  readonly onFailure: (error: Error) => void;
  readonly logger: Logger;
}

const POLL_MS = 500;

export function createHoldableFeed({ make, isHeld, onFailure, logger }: HoldableFeedOptions): ChangeFeed {
  const stopped = new AbortController();
  let feed: ChangeFeed | null = null;
  let asking = true;
  let watching: Promise<void> = Promise.resolve();

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

  async function follow(handle: HandleBatch): Promise<void> {
    const held = await heldNow();
    if (held === true && feed !== null) {
      logger.info('standing aside while a rebuild swaps the documents');
      await feed.stop();
      feed = null;
    } else if (held === false && feed === null) {
      feed = make();
      await feed.start(handle);
    }
  }

  async function watch(handle: HandleBatch): Promise<void> {
    try {
      for (;;) {
        await sleep(POLL_MS, undefined, { signal: stopped.signal });
        await follow(handle);
      }
    } catch (error) {
      if (!stopped.signal.aborted) onFailure(error instanceof Error ? error : new Error(String(error)));
    }
  }

  return {
    assigned: () => feed?.assigned() ?? null,
    stalled: () => feed?.stalled() ?? null,
    async start(handle) {
      await follow(handle);
      watching = watch(handle);
    },
    async stop() {
      stopped.abort();
      await watching;
      await feed?.stop();
    },
  };
}
