/** The projector's process: one projection, from its topic into its collection. Exits on what it cannot repair by itself. */
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { slotName } from '../shared/stream-names.ts';
import { loadConfig } from '../shared/config.ts';
import { FRESHNESS_COLLECTION } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { createHttpApp } from '../shared/http-app.ts';
import { createKafka } from '../shared/kafka-client.ts';
import { sourceProgress } from '../shared/lag/source-progress.ts';
import { loadProjection } from '../shared/load-projection.ts';
import { createLogger } from '../shared/logger.ts';
import { isHeld } from '../shared/rebuild-control.ts';
import type { RebuildControl } from '../shared/rebuild-control.ts';
import { runService } from '../shared/run-service.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { applyBatch } from './apply-batch.ts';
import type { DecodedBatch } from './apply-batch.ts';
import { ProjectorConfig } from './config.ts';
import { createDocumentStore } from './document-store.ts';
import { startFreshnessMeter } from './freshness-meter.ts';
import { createHoldableFeed } from './holdable-feed.ts';
import { createKafkaFeed } from './kafka-feed.ts';
import type { KafkaFeed } from './kafka-feed.ts';
import { createProjectorMetrics } from './metrics.ts';
import { createPartitionWorker } from './partition-worker.ts';
import { createPositionStore } from './position-record.ts';
import type { PositionRecord } from './position-record.ts';
import { prepareCollection } from './prepare-collection.ts';
import { retryPassing } from './retry-passing.ts';
import { createTailWait } from './tail-wait.ts';

await runService(
  () => loadConfig(ProjectorConfig, process.env),
  (config) => createLogger('projector', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const projection = await loadProjection(config.PROJECTION);
    const mongo = new MongoClient(config.MONGODB_URL, {
      appName: 'readside-projector',
      serverSelectionTimeoutMS: 5000,
      // A connection that was cut without a word must not hold a batch for ever.
      socketTimeoutMS: 30_000,
    });
    scope.defer(() => mongo.close());
    const pool = new pg.Pool({
      connectionString: config.DATABASE_URL,
      application_name: 'readside-projector',
      max: 2,
      connectionTimeoutMillis: 5000,
      statement_timeout: 5000,
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

    const records = db.collection<PositionRecord>(FRESHNESS_COLLECTION);
    const makeFeed = (): KafkaFeed =>
      createKafkaFeed({
        kafka,
        admin,
        topic: projection.topic,
        group: projection.group,
        concurrency: config.CONCURRENCY,
        batchSize: config.BATCH_SIZE,
        sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
        positions: createPositionStore(records, projection.name),
        remedy: `readside rebuild ${projection.name}`,
        logger,
        onCrash: (error) => scope.fail(error),
      });
    const feed = createHoldableFeed({
      make: makeFeed,
      isHeld: () => isHeld(db.collection<RebuildControl>(FRESHNESS_COLLECTION), projection.name),
      onFailure: (error) => scope.fail(error),
      logger,
    });
    const app = await createHttpApp({
      logger,
      title: 'Readside projector',
      description: 'Health and metrics of the process that keeps the documents; it has no other routes.',
      version: String(projection.version),
      readiness: {
        partitions: async () =>
          feed.stalled() ?? (feed.assigned() === null ? 'has not joined its consumer group yet' : null),
      },
    });
    const metrics = createProjectorMetrics(app.metrics);
    await app.listen({ host: config.HOST, port: config.PORT });
    scope.defer(() => app.close());

    const store = createDocumentStore(db.collection<StoredDocument>(projection.resource));
    const apply = (batch: DecodedBatch): Promise<void> =>
      retryPassing(
        () => applyBatch({ projection, store, metrics }, batch),
        batch.signal,
        (error) => {
          metrics.retries.inc();
          passing(error);
        },
      );
    const tailWait = createTailWait(
      async () => (await sourceProgress(pool, slotName(projection.stream))).slot,
      logger,
    );
    const rootTable = projection.definition.root.table;
    await feed.start((session) =>
      createPartitionWorker({ rootTable, apply, tailWait, onSplit: () => metrics.splits.inc() }, session),
    );
    scope.defer(() => feed.stop());

    const places = {
      pool,
      admin,
      slot: slotName(projection.stream),
      topic: projection.topic,
      group: projection.group,
    };
    const collection = db.collection<FreshnessRecord>(FRESHNESS_COLLECTION);
    scope.defer(
      startFreshnessMeter({ feed, places, projection: projection.name, collection, metrics, logger }),
    );
    logger.info(
      { projection: projection.name, topic: projection.topic, group: projection.group },
      'projecting',
    );
  },
);
