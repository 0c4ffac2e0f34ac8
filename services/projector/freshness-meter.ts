/**
 * Once a second: how old can the documents be? The answer is kept beside them, so that each read can carry it, and it is
 * written only when it was proven: if this process stops, the readers see its age grow.
 */
import type { Collection } from 'mongodb';
import { freshnessId } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { lagOf, measureProgress } from '../shared/lag/measure-lag.ts';
import type { ProgressPlaces } from '../shared/lag/measure-lag.ts';
import { createWatermarks } from '../shared/lag/watermarks.ts';
import type { Logger } from '../shared/logger.ts';
import { HEARTBEAT_INTERVAL_MS } from '../shared/stream-names.ts';
import type { KafkaFeed } from './kafka-feed.ts';
import type { ProjectorMetrics } from './metrics.ts';

const INTERVAL_MS = 1000;

export interface FreshnessMeterOptions {
  readonly feed: KafkaFeed;
  readonly places: ProgressPlaces;
  readonly projection: string;
  readonly collection: Collection<FreshnessRecord>;
  readonly metrics: ProjectorMetrics;
  readonly logger: Logger;
}

/** Starts measuring; the returned function ends it and waits for the measure under way. */
export function startFreshnessMeter(options: FreshnessMeterOptions): () => Promise<void> {
  const { feed, places, projection, collection, metrics, logger } = options;
  const stopped = new AbortController();
  const watermarks = createWatermarks();
  let failing = false;

  async function measure(): Promise<void> {
    await feed.observe();
    const progress = await measureProgress(places);
    const proven = progress.source.provenAt?.getTime() ?? null;
    const lag = lagOf(progress, watermarks.observe(proven, progress.topic), HEARTBEAT_INTERVAL_MS);
    metrics.lagEvents.set(lag.events);
    if (lag.seconds !== null) metrics.lagSeconds.set(lag.seconds);
    if (lag.asOf === null) return;
    // Several projectors measure the same group; the time never goes back.
    await collection.updateOne(
      { _id: freshnessId(projection) },
      { $max: { asOf: lag.asOf }, $set: { measuredAt: progress.source.now } },
      { upsert: true },
    );
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      try {
        await measure();
        if (failing) logger.info('freshness is measured again');
        failing = false;
      } catch (error) {
        if (!failing)
          logger.warn({ err: error }, 'freshness cannot be measured now; readers see its age grow');
        failing = true;
      }
      await pause(INTERVAL_MS, stopped.signal);
    }
  }

  const running = run();
  return async () => {
    stopped.abort();
    await running;
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
