/** The cache with the change stream that it rests on. */
import type { Db } from 'mongodb';
import type { Logger } from '../../shared/logger.ts';
import type { MajorityReads } from '../readers/majority-reads.ts';
import { createChangeWatch } from './change-watch.ts';
import type { ChangeNews, ChangeSink } from './change-watch.ts';
import { createReadCache } from './read-cache.ts';
import type { ReadCache } from './read-cache.ts';
import type { Traits } from './traits.ts';

export interface FollowedCacheOptions {
  readonly db: Db;
  readonly collection: string;
  readonly reads: MajorityReads;
  /** Reads what a majority holds now. */
  readonly refresh: () => Promise<void>;
  readonly traits: Traits;
  /** 0: nothing is kept, and no change stream opened. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  readonly maxChangesPerSecond: number;
  readonly timeoutMs: number;
  readonly logger: Logger;
}

export interface FollowedCache {
  readonly cache: ReadCache;
  /** Before the start. Where nothing is kept, there is no news. */
  hear(news: ChangeNews): void;
  start(): void;
  stop(): Promise<void>;
}

/** Of the bound on the age: a change stream that says nothing in so long leaves time to ask it again. */
const AWAITED_SHARE = 0.2;

export function createFollowedCache(options: FollowedCacheOptions): FollowedCache {
  const {
    db,
    collection,
    reads,
    refresh,
    traits,
    maxBytes,
    maxAgeMs,
    maxChangesPerSecond,
    timeoutMs,
    logger,
  } = options;
  const cache = createReadCache({ maxBytes, maxAgeMs, traits, seen: reads.seen });
  let heard: ChangeNews | null = null;
  const sink: ChangeSink = {
    begun() {
      cache.sink.begun();
      heard?.begun();
    },
    changed(id, owner) {
      cache.sink.changed(id, owner);
      heard?.changed(id);
    },
    told(upTo, askedAt) {
      // A new primary after a failover may not know yet what was told here.
      reads.advance(upTo);
      cache.sink.told(upTo, askedAt);
    },
    lost() {
      cache.sink.lost();
      heard?.lost();
    },
  };
  const watch = createChangeWatch({
    db,
    collection,
    ownerPath: traits.owner?.path ?? null,
    since: async () => {
      await refresh();
      const seen = reads.seen();
      if (!seen) throw new Error('MongoDB tells no time: it is no replica set');
      return seen;
    },
    sink,
    awaitMs: Math.max(1, Math.round(maxAgeMs * AWAITED_SHARE)),
    maxChangesPerSecond,
    timeoutMs,
    logger,
  });
  return {
    cache,
    hear(news) {
      heard = news;
    },
    start: () => {
      if (maxBytes > 0) watch.start();
    },
    stop() {
      // At once: whoever is answered from now on is told to go.
      sink.lost();
      return watch.stop();
    },
  };
}
