/** The read API as a process. */
import { requireAuthBeyondLoopback } from '../shared/auth/auth-config.ts';
import { protectionOf } from '../shared/auth/protection.ts';
import { loadConfig } from '../shared/config.ts';
import { loadApplication } from '../shared/application.ts';
import { listedNames, loadListed } from '../shared/load-projection.ts';
import { createLogger } from '../shared/logger.ts';
import { runService } from '../shared/run-service.ts';
import { startTracing } from '../shared/tracing/start-tracing.ts';
import { createReadApi } from './app.ts';
import { ReadApiConfig } from './config.ts';
import { createMongoClient } from './readers/mongo-client.ts';
import { createSourcePool } from './readers/source-pool.ts';

const VERSION = '0.1.0';

await runService(
  () => requireAuthBeyondLoopback(loadConfig(ReadApiConfig, process.env)),
  (config) => createLogger('read-api', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const application = await loadApplication(config.READSIDE_EXAMPLE);
    const names = listedNames(config.PROJECTION ?? application.defaultProjection);
    const projections = await loadListed(application, names);
    const tracing = await startTracing('read-api', VERSION, config, logger);
    if (tracing) scope.defer(() => tracing.stop());
    const mongo = createMongoClient({
      url: config.MONGODB_URL,
      // One more for each change stream that a cache follows.
      poolSize: config.MONGODB_POOL_SIZE + (config.CACHE_MAX_MB > 0 ? projections.length : 0),
      timeoutMs: config.MONGODB_TIMEOUT_MS,
    });
    scope.defer(() => mongo.close());
    const source =
      config.DATABASE_URL === undefined
        ? null
        : createSourcePool(
            {
              connectionString: config.DATABASE_URL,
              size: config.SOURCE_POOL_SIZE,
              timeoutMs: config.SOURCE_TIMEOUT_MS,
            },
            logger,
          );
    if (source) scope.defer(() => source.end());
    const app = await createReadApi({
      projections,
      mongo,
      source,
      logger,
      version: VERSION,
      protection: protectionOf(config),
      tracer: tracing?.tracer,
      mongoTimeoutMs: config.MONGODB_TIMEOUT_MS,
      maxWaitSeconds: config.WAIT_MAX_SECONDS,
      maxWaiters: config.WAIT_MAX_READERS,
      maxStreams: config.EVENTS_MAX_READERS,
      maxStreamsPerSubject: config.EVENTS_MAX_PER_SUBJECT,
      cacheMaxBytes: config.CACHE_MAX_MB * 1024 * 1024,
      cacheMaxAgeMs: config.CACHE_MAX_AGE_MS,
    });
    scope.defer(() => app.close());
    const address = await app.listen({ host: config.HOST, port: config.PORT });
    logger.info({ address, projections: projections.map(({ name }) => name) }, 'listening');
  },
);
