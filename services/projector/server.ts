/** The projector's process: one projection, from its topic into its collection. Exits on what it cannot repair by itself. */
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { createConnectClient } from '../shared/connect/connect-client.ts';
import type { Cause } from '../shared/health/causes.ts';
import { countQuarantined } from '../shared/health/count-quarantined.ts';
import type { HealthRecord } from '../shared/health/health-record.ts';
import { loadConfig } from '../shared/config.ts';
import { FRESHNESS_COLLECTION } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { createHttpApp } from '../shared/http-app.ts';
import { createKafka } from '../shared/kafka-client.ts';
import { loadProjection } from '../shared/load-projection.ts';
import { SchemaError } from '../shared/projection/change-event.ts';
import { createLogger } from '../shared/logger.ts';
import { runService } from '../shared/run-service.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { applyBatch } from './apply-batch.ts';
import { ProjectorConfig } from './config.ts';
import { decodeAll } from './decode.ts';
import { createDocumentStore } from './document-store.ts';
import { startFreshnessMeter } from './freshness-meter.ts';
import { createHealthBoard } from './health-board.ts';
import { createKafkaFeed } from './kafka-feed.ts';
import { createProjectorMetrics } from './metrics.ts';
import { prepareCollection } from './prepare-collection.ts';
import { createRestarter } from './restart-connector.ts';
import { retryPassing } from './retry-passing.ts';
import { createSchemaGuard } from './schema-guard.ts';
import { waitForTopic } from './wait-for-topic.ts';

await runService(
  () => loadConfig(ProjectorConfig, process.env),
  (config) => createLogger('projector', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const projection = await loadProjection(config.PROJECTION);
    const mongo = new MongoClient(config.MONGODB_URL, {
      appName: 'readside-projector',
      serverSelectionTimeoutMS: 5000,
    });
    scope.defer(() => mongo.close());
    const pool = new pg.Pool({
      connectionString: config.DATABASE_URL,
      application_name: 'readside-projector',
      max: 1,
      connectionTimeoutMillis: 5000,
      statement_timeout: 5000,
      // A server that was stopped does not end its statements by itself.
      query_timeout: 5000,
    });
    pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to Postgres broke'));
    scope.defer(() => pool.end());
    const kafka = createKafka(`readside-projector-${projection.name}`, config.KAFKA_BROKERS, logger);
    const admin = kafka.admin();
    await admin.connect();
    scope.defer(() => admin.disconnect());

    const db = mongo.db();
    const stopped = new AbortController();
    scope.defer(() => stopped.abort());
    const passing = (error: Error): void =>
      logger.warn({ err: error }, 'MongoDB does not take it now; trying again');
    // Connected by hand: when the driver's own, lazy first connect fails, every later operation fails too.
    await retryPassing(() => mongo.connect(), stopped.signal, passing);
    await retryPassing(
      () => prepareCollection(db, projection, config.TOMBSTONE_TTL_SECONDS),
      stopped.signal,
      passing,
    );
    await waitForTopic(admin, projection.topic, stopped.signal, logger);

    const feed = createKafkaFeed({
      kafka,
      topic: projection.topic,
      group: projection.group,
      concurrency: config.CONCURRENCY,
      batchSize: config.BATCH_SIZE,
      sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
      logger,
      onCrash: (error) => scope.fail(error),
    });
    const board = createHealthBoard(() => performance.now());
    const app = await createHttpApp({
      logger,
      title: 'Readside projector',
      description: 'Health and metrics of the process that keeps the documents; it has no other routes.',
      version: String(projection.version),
      readiness: {
        partitions: async () => (feed.assigned() === null ? 'has not joined its consumer group yet' : null),
        pipeline: async () => (board.read().state === 'stalled' ? board.read().text : null),
      },
      optional: {
        freshness: async () => (board.read().state === 'up-to-date' ? null : board.read().text),
      },
      health: () => board.read(),
    });
    const metrics = createProjectorMetrics(app.metrics);
    await app.listen({ host: config.HOST, port: config.PORT });
    scope.defer(() => app.close());

    const connect = config.CONNECT_URL === undefined ? null : createConnectClient(config.CONNECT_URL);
    const schema = createSchemaGuard(projection, logger);
    const found = (): readonly Cause[] => {
      const stalled = feed.stalled();
      // It names the command that heals it.
      const held: readonly Cause[] =
        stalled === null ? [] : [{ code: 'partition-stalled', text: stalled, remedy: '' }];
      return [...held, ...schema.causes()];
    };
    scope.defer(
      startFreshnessMeter({
        places: {
          pool,
          admin,
          connect,
          countQuarantined: () => countQuarantined(db, projection),
          projection,
        },
        collection: db.collection<FreshnessRecord | HealthRecord>(FRESHNESS_COLLECTION),
        found,
        board,
        restart:
          connect &&
          createRestarter({
            connect,
            stream: projection.stream,
            isInCharge: () => feed.assigned()?.includes(0) ?? false,
            now: () => performance.now(),
            logger,
            onRestart: () => metrics.connectorRestarts.inc(),
          }),
        metrics,
        logger,
      }),
    );

    await schema.untilFit(pool, stopped.signal);
    const store = createDocumentStore(db.collection<StoredDocument>(projection.resource));
    await feed.start(async (batch) => {
      try {
        await retryPassing(
          () => applyBatch({ projection, store, metrics }, { ...batch, changes: decodeAll(batch.changes) }),
          batch.signal,
          (error) => {
            metrics.retries.inc();
            passing(error);
          },
        );
      } catch (error) {
        if (error instanceof SchemaError) return schema.hold(error, batch);
        // What is neither passing nor a lost partition is a defect of the code or of the change: no other try will differ.
        if (!batch.signal.aborted) scope.fail(error instanceof Error ? error : new Error(String(error)));
        throw error;
      }
    });
    scope.defer(() => feed.stop());
    scope.defer(() => schema.release());

    logger.info(
      { projection: projection.name, topic: projection.topic, group: projection.group },
      'projecting',
    );
  },
);
