/** The read API's HTTP application for one projection, on connections that it is given; owns neither them nor a port. */
import type { MongoClient } from 'mongodb';
import type { Pool } from 'pg';
import { createHttpApp } from '../shared/http-app.ts';
import type { HttpApp } from '../shared/http-app.ts';
import type { Logger } from '../shared/logger.ts';
import type { Projection } from '../shared/projection/projection.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { createArrivals } from './freshness/arrivals.ts';
import { FRESHNESS_COLLECTION } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { watchAsOf } from './freshness/as-of.ts';
import { createLoadReached } from './freshness/load-reached.ts';
import { createAnswer } from './http/answer.ts';
import { addCacheMetrics } from './cache/cache-metrics.ts';
import { MOST_CHANGES_A_SECOND } from './cache/change-watch.ts';
import { createFollowedCache } from './cache/followed-cache.ts';
import { createQuickAnswer } from './http/quick-answer.ts';
import { createReadMetrics } from './metrics.ts';
import { createCachedReader } from './readers/cached-reader.ts';
import { createDocumentReader } from './readers/document-reader.ts';
import { createMajorityReads } from './readers/majority-reads.ts';
import { createWitnessedFind } from './readers/witnessed-find.ts';
import { createSourceReader } from './readers/source-reader.ts';
import { documentsReadiness, sourceReadiness } from './readiness.ts';
import { addReadRoutes } from './routes.ts';
import { createStrategies } from './strategies/choose-strategy.ts';

export interface ReadApiOptions {
  readonly projection: Projection;
  /** its default database holds the documents */
  readonly mongo: MongoClient;
  /** null: the source strategy is answered with 503 */
  readonly source: Pool | null;
  readonly logger: Logger;
  readonly version: string;
  readonly mongoTimeoutMs: number;
  readonly maxWaitSeconds: number;
  readonly maxWaiters: number;
  /** for documents at hand; 0: none is kept */
  readonly cacheMaxBytes: number;
  /** how much older than what a majority holds such a document may be at most */
  readonly cacheMaxAgeMs: number;
  /** Above it changes are not followed for a while, and nothing is kept. */
  readonly cacheMaxChangesPerSecond?: number;
}

export async function createReadApi(options: ReadApiOptions): Promise<HttpApp> {
  const { projection, mongo, source, logger } = options;
  const { revision } = projection.definition;
  const collection = mongo.db().collection<StoredDocument>(projection.resource);
  const reads = createMajorityReads(mongo, options.mongoTimeoutMs);
  const freshness = mongo.db().collection<FreshnessRecord>(FRESHNESS_COLLECTION);
  const watch = watchAsOf(projection.name, freshness, reads, logger);
  const { cache, ...following } = createFollowedCache({
    db: mongo.db(),
    collection: projection.resource,
    reads,
    refresh: watch.refresh,
    maxBytes: options.cacheMaxBytes,
    maxAgeMs: options.cacheMaxAgeMs,
    maxChangesPerSecond: options.cacheMaxChangesPerSecond ?? MOST_CHANGES_A_SECOND,
    timeoutMs: options.mongoTimeoutMs,
    logger,
  });

  const app = await createHttpApp({
    logger,
    title: 'Readside read API',
    description: `Documents of the projection ${projection.name}: whole, from one lookup, each with its freshness.`,
    version: options.version,
    readiness: { documents: () => documentsReadiness(watch.refresh) },
    // The other strategies serve without it.
    ...(source ? { optional: { source: () => sourceReadiness(source, projection.sourceView.name) } } : {}),
  });
  const metrics = createReadMetrics(app.metrics);
  addCacheMetrics(app.metrics, cache);
  const arrivals =
    revision === undefined
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
  const choose = createStrategies({
    documents,
    cached: createCachedReader(projection, documents, cache),
    cache,
    source: source && createSourceReader(projection, source),
    arrivals,
    asOf: watch.asOf,
    maxWaitSeconds: options.maxWaitSeconds,
  });
  const answer = createAnswer(projection.name, metrics);
  addReadRoutes(app, projection, choose, answer, createQuickAnswer(cache, watch.asOf, metrics));
  return app;
}
