/** The read API's HTTP application for its projections, on connections that it is given; owns neither them nor a port. */
import type { Tracer } from '@opentelemetry/api';
import type { MongoClient } from 'mongodb';
import type { Pool } from 'pg';
import { FRESHNESS_COLLECTION } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { createHttpApp } from '../shared/http-app.ts';
import type { HttpApp } from '../shared/http-app.ts';
import type { Protection } from '../shared/auth/protection.ts';
import type { Logger } from '../shared/logger.ts';
import type { Tag } from '../shared/openapi.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { addCacheMetrics } from './cache/cache-metrics.ts';
import { createEventMetrics } from './events/event-metrics.ts';
import { createOpenStreams } from './events/open-streams.ts';
import type { StreamBounds } from './events/open-streams.ts';
import { watchAsOf } from './freshness/as-of.ts';
import type { Pasts } from './history/past.ts';
import { createReadMetrics } from './metrics.ts';
import { createMajorityReads } from './readers/majority-reads.ts';
import { documentsReadiness, sourceReadiness } from './readiness.ts';
import { serveProjection } from './serve-projection.ts';

export interface ReadApiOptions extends StreamBounds {
  readonly projections: readonly Projection[];
  /** its default database holds the documents */
  readonly mongo: MongoClient;
  /** null: the source strategy is answered with 503 */
  readonly source: Pool | null;
  readonly logger: Logger;
  readonly version: string;
  readonly protection: Protection;
  readonly tracer?: Tracer | undefined;
  readonly mongoTimeoutMs: number;
  readonly maxWaitSeconds: number;
  readonly maxWaiters: number;
  /** for documents at hand, of each projection whose documents are read by id; 0: none is kept */
  readonly cacheMaxBytes: number;
  /** how much older than what a majority holds such a document may be at most */
  readonly cacheMaxAgeMs: number;
  /** Above it changes are not followed for a while, and nothing is kept. */
  readonly cacheMaxChangesPerSecond?: number;
}

export async function createReadApi(options: ReadApiOptions): Promise<HttpApp> {
  const { projections, mongo, source, logger } = options;
  const reads = createMajorityReads(mongo, options.mongoTimeoutMs);
  const records = mongo.db().collection<FreshnessRecord>(FRESHNESS_COLLECTION);
  const watches = projections.map(({ name }) => watchAsOf(name, records, reads, logger));
  const names = projections.map(({ name }) => name).join(', ');
  const app = await createHttpApp({
    logger,
    title: 'Readside read API',
    description:
      `Documents of ${names}: whole, from one lookup, each with its \`Freshness\`. Whoever sends the \`Consistency-Token\` of a command ` +
      'with `Prefer: wait=N` reads its own write; `consistency=source` asks the tables in place of the documents.',
    version: options.version,
    tags: tagsOf(projections),
    protection: options.protection,
    tracer: options.tracer,
    readiness: { documents: () => documentsReadiness(watches.map(({ refresh }) => refresh)) },
    // The other strategies serve without it.
    ...(source ? { optional: { source: () => sourceReadiness(source, projections.map(viewOf)) } } : {}),
  });
  const metrics = createReadMetrics(app.metrics);
  const eventMetrics = createEventMetrics(app.metrics);
  const streams = createOpenStreams(options, eventMetrics.refused);
  // Before all else that stops: what is told last is whole.
  app.addHook('preClose', (done) => {
    streams.stop();
    done();
  });
  const pasts: Pasts = new Map();
  const resources = new Set(projections.map(({ resource }) => resource));
  const caches = historiesFirst(projections).flatMap((projection) => {
    const watch = watches[projections.indexOf(projection)];
    if (!watch) return [];
    const cache = serveProjection(app, {
      ...options,
      projection,
      resources,
      pasts,
      reads,
      watch,
      metrics: metrics.of(projection.name),
      streams,
      eventMetrics,
    });
    return [[projection.name, cache] as const];
  });
  addCacheMetrics(app.metrics, new Map(caches));
  return app;
}

function tagsOf(projections: readonly Projection[]): readonly Tag[] {
  const histories = projections.flatMap(({ definition: { history } }) =>
    history ? [[history.of, 'Documents as they were.'] as const] : [],
  );
  const served = projections.map(
    ({ name, resource, talliesOf }) =>
      [resource, talliesOf === null ? `Documents of ${name}.` : `Counts of ${name}.`] as const,
  );
  return [...new Map([...histories, ...served])].map(([name, description]) => ({ name, description }));
}

/** Before the documents that they are of, whose routes ask them. */
function historiesFirst(projections: readonly Projection[]): readonly Projection[] {
  const keepsHistory = ({ definition }: Projection): boolean => definition.history !== undefined;
  return [...projections.filter(keepsHistory), ...projections.filter((each) => !keepsHistory(each))];
}

function viewOf({ sourceView }: Projection): string {
  return sourceView.name;
}
