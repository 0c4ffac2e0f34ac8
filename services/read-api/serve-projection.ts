/** One projection in the read API's application: its strategies and routes, and what must run beside them while the application does. */
import type { HttpApp } from '../shared/http-app.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { ReadApiOptions } from './app.ts';
import { MOST_CHANGES_A_SECOND } from './cache/change-watch.ts';
import { createFollowedCache } from './cache/followed-cache.ts';
import type { ReadCache } from './cache/read-cache.ts';
import { createTraits } from './cache/traits.ts';
import type { EventMetrics } from './events/event-metrics.ts';
import type { OpenStreams, StreamBounds } from './events/open-streams.ts';
import { serveEvents } from './events/serve-events.ts';
import { createArrivals } from './freshness/arrivals.ts';
import type { AsOfWatch } from './freshness/as-of.ts';
import { createLoadReached } from './freshness/load-reached.ts';
import { createAnswer } from './http/answer.ts';
import { createQuickAnswer } from './http/quick-answer.ts';
import type { Pasts } from './history/past.ts';
import { serveHistory } from './history/serve-history.ts';
import type { ReadMetrics } from './metrics.ts';
import { createCachedReader } from './readers/cached-reader.ts';
import { createDocumentReader } from './readers/document-reader.ts';
import type { MajorityReads } from './readers/majority-reads.ts';
import { createSourceReader } from './readers/source-reader.ts';
import { createWitnessedFind } from './readers/witnessed-find.ts';
import { addReadRoutes } from './routes.ts';
import { createStrategies } from './strategies/choose-strategy.ts';
import { createTallyReader } from './tallies/tally-reader.ts';
import { addTallyRoute } from './tallies/tally-route.ts';

export interface ServedProjection extends Omit<
  ReadApiOptions,
  'projections' | 'version' | 'protection' | 'tracer' | keyof StreamBounds
> {
  readonly projection: Projection;
  /** All that are served by this application. */
  readonly resources: ReadonlySet<string>;
  /** A projection that keeps a history adds itself. */
  readonly pasts: Pasts;
  readonly reads: MajorityReads;
  readonly watch: AsOfWatch;
  readonly metrics: ReadMetrics;
  readonly streams: OpenStreams;
  readonly eventMetrics: EventMetrics;
}

/** Returns what its documents are kept in. */
export function serveProjection(app: HttpApp, options: ServedProjection): ReadCache {
  const { projection, mongo, source, pasts, reads, watch, metrics, logger } = options;
  const { history, search } = projection.definition;
  const collection = mongo.db().collection<StoredDocument>(projection.resource);
  const following = createFollowedCache({
    db: mongo.db(),
    collection: projection.resource,
    reads,
    refresh: watch.refresh,
    traits: createTraits(projection),
    // What is searched for words, or asked for its past, is seldom read by its id, and what is counted never.
    maxBytes:
      (search?.text.length ?? 0) > 0 || history || projection.talliesOf !== null ? 0 : options.cacheMaxBytes,
    maxAgeMs: options.cacheMaxAgeMs,
    maxChangesPerSecond: options.cacheMaxChangesPerSecond ?? MOST_CHANGES_A_SECOND,
    timeoutMs: options.mongoTimeoutMs,
    logger,
  });
  const { cache } = following;
  const arrivals =
    projection.definition.revision === undefined
      ? null
      : metrics.measured(
          createArrivals(
            createLoadReached(createWitnessedFind(projection, collection, reads.read, cache)),
            options.maxWaiters,
          ),
        );
  // Not before: an application that could not be built has nobody who stops it.
  app.addHook('onReady', (done) => {
    watch.start();
    following.start();
    done();
  });
  // Before the server waits for its open requests: those that wait would keep it.
  app.addHook('preClose', async () => {
    arrivals?.stop();
    await Promise.all([watch.stop(), following.stop()]);
  });

  const documents = createDocumentReader(projection, collection, reads.read, cache);
  const cached = createCachedReader(projection, documents, cache);
  const choose = createStrategies({
    documents,
    cached,
    cache,
    source: source && createSourceReader(projection, source),
    arrivals,
    asOf: watch.asOf,
    maxWaitSeconds: options.maxWaitSeconds,
  });
  const answer = createAnswer(projection.name, metrics);
  const quick = createQuickAnswer(cache, watch.asOf, metrics);
  if (projection.talliesOf === null) {
    addReadRoutes(app, projection, choose, answer, quick, pasts.get(projection.resource) ?? null);
    serveEvents(app, {
      projection,
      collection,
      read: reads.read,
      cached,
      following,
      asOf: watch.asOf,
      answer,
      logger,
      streams: options.streams,
      metrics: options.eventMetrics,
    });
  } else addTallyRoute(app, projection, choose, answer, createTallyReader(collection, reads.read));
  if (history) {
    const hasPresent = options.resources.has(history.of);
    const served = { projection, collection, read: reads.read, choose, answer, hasPresent };
    pasts.set(history.of, serveHistory(app, served));
  }
  return cache;
}
