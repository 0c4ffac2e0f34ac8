/** The projector's process: one projection, from its topic into its collection. Exits on what it cannot repair by itself. */
import { bulkhead } from 'cockatiel';
import pg from 'pg';
import { Registry } from 'prom-client';
import { deadLettersTopic, slotName } from '../shared/stream-names.ts';
import { createConnectClient } from '../shared/connect/connect-client.ts';
import type { Cause } from '../shared/health/causes.ts';
import type { HealthRecord } from '../shared/health/health-record.ts';
import { requireAuthBeyondLoopback } from '../shared/auth/auth-config.ts';
import { protectionOf } from '../shared/auth/protection.ts';
import { loadConfig } from '../shared/config.ts';
import { FRESHNESS_COLLECTION } from '../shared/freshness-record.ts';
import type { FreshnessRecord } from '../shared/freshness-record.ts';
import { createHttpApp } from '../shared/http-app.ts';
import { createKafka } from '../shared/kafka-client.ts';
import { reachWithin } from '../shared/lag/reach.ts';
import { sourceProgress } from '../shared/lag/source-progress.ts';
import { loadApplication } from '../shared/application.ts';
import { loadProjection } from '../shared/load-projection.ts';
import { createLogger } from '../shared/logger.ts';
import { openMongo } from '../shared/mongo.ts';
import { heldBy } from '../shared/held-by.ts';
import { keptPositionId } from '../shared/kept-documents.ts';
import { withRemedy } from '../shared/refused-access.ts';
import { runService } from '../shared/run-service.ts';
import { startTracing } from '../shared/tracing/start-tracing.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { createApplySteps } from './apply-steps.ts';
import { ProjectorConfig } from './config.ts';
import { startVerifier } from './continuous-verifier.ts';
import { createDeadLetters } from './dead-letters.ts';
import { createDocumentCache } from './document-cache.ts';
import { addExplainRoute } from './explain/explain-route.ts';
import { startFreshnessMeter } from './freshness-meter.ts';
import { createHealthBoard } from './health-board.ts';
import { createHoldableFeed } from './holdable-feed.ts';
import { createKafkaFeed } from './kafka-feed.ts';
import type { KafkaFeed } from './kafka-feed.ts';
import { startKeptFeed } from './kept-feed.ts';
import { createProjectorMetrics } from './metrics.ts';
import { createReachedNotes } from './note-reached.ts';
import { createSnapshotNotes } from './note-snapshots.ts';
import { createPartitionWorker } from './partition-worker.ts';
import { createPositionStore, positionId } from './position-record.ts';
import type { PositionRecord } from './position-record.ts';
import { prepareCollection } from './prepare-collection.ts';
import { createReachPace } from './reach-pace.ts';
import { createRestarter } from './restart-connector.ts';
import { retryPassing } from './retry-passing.ts';
import { createTailWait } from './tail-wait.ts';
import { openDocumentStore } from './tallied-store.ts';
import { createTraceApplied } from './trace-applied.ts';
import { createUnkeyedChanges } from './unkeyed-changes.ts';
import { createWaitingPartitions } from './waiting-partitions.ts';
import { startVersionWatch } from './version-watch.ts';
import { watchQuarantine } from './watch-quarantine.ts';
import { asideCauses } from '../shared/health/aside-causes.ts';
import { createSchemaGuard } from './schema-guard.ts';

/** For the stream to catch up, before it cannot be told whether a document is right. */
const VERIFY_WAIT_MS = 10_000;

await runService(
  () => requireAuthBeyondLoopback(loadConfig(ProjectorConfig, process.env)),
  (config) => createLogger('projector', config.LOG_LEVEL),
  async (config, scope, logger) => {
    const application = await loadApplication(config.READSIDE_EXAMPLE);
    const projection = await loadProjection(application, config.PROJECTION);
    const version = String(projection.version);
    const tracing = await startTracing('projector', version, config, logger);
    if (tracing) scope.defer(() => tracing.stop());
    const mongo = openMongo(config.MONGODB_URL, {
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
      logger.warn({ err: error }, withRemedy('it is not taken now; trying again', error));
    // Connected by hand: when the driver's own, lazy first connect fails, every later operation fails too.
    await retryPassing(() => mongo.connect(), stopped.signal, passing);
    await retryPassing(
      () => prepareCollection(db, projection, config.TOMBSTONE_TTL_SECONDS),
      stopped.signal,
      passing,
    );

    const records = db.collection<PositionRecord>(FRESHNESS_COLLECTION);
    const makeFeed = (group: string, positionsId: string, onCrash: (error: Error) => void): KafkaFeed =>
      createKafkaFeed({
        kafka,
        admin,
        topic: projection.topic,
        group,
        concurrency: config.CONCURRENCY,
        batchSize: config.BATCH_SIZE,
        sessionTimeoutMs: config.SESSION_TIMEOUT_MS,
        positions: createPositionStore(records, positionsId, (work) =>
          retryPassing(work, stopped.signal, passing),
        ),
        remedy: `readside rebuild ${projection.name}`,
        logger,
        onCrash,
      });
    const feed = createHoldableFeed({
      make: () => makeFeed(projection.group, positionId(projection), (error) => scope.fail(error)),
      heldBy: () => heldBy(db, projection),
      onFailure: (error) => scope.fail(error),
      logger,
    });
    const board = createHealthBoard(() => performance.now());
    const app = await createHttpApp({
      logger,
      title: 'Readside projector',
      description: 'Health and metrics of the process that keeps the documents; it has no other routes.',
      version,
      protection: protectionOf(config),
      readiness: {
        partitions: async () => (feed.assigned() === null ? 'has not joined its consumer group yet' : null),
        pipeline: async () => (board.read().state === 'stalled' ? board.read().text : null),
      },
      optional: {
        freshness: async () => (board.read().state === 'up-to-date' ? null : board.read().text),
      },
      health: () => board.read(),
    });
    const documents = db.collection<StoredDocument>(projection.resource);
    const reached = (lsn: number): Promise<boolean> =>
      reachWithin({ pool, admin, projection, group: projection.group }, lsn, VERIFY_WAIT_MS, stopped.signal);
    addExplainRoute(app, { pool, kafka, admin, projection, documents, reached, signal: stopped.signal });
    const metrics = createProjectorMetrics(app.metrics);
    await app.listen({ host: config.HOST, port: config.PORT });
    scope.defer(() => app.close());

    const isInCharge = (): boolean => feed.assigned()?.includes(0) ?? false;
    const connect = config.CONNECT_URL === undefined ? null : createConnectClient(config.CONNECT_URL);
    const schema = createSchemaGuard(projection, pool, logger);
    const versions = startVersionWatch(db, projection, logger);
    scope.defer(() => versions.stop());
    const waiting = createWaitingPartitions(() => performance.now());
    const found = (): readonly Cause[] => {
      const unfit = schema.causes();
      const stalled = feed.stalled();
      // It names the command that heals it; and what does not fit is told already.
      const held: readonly Cause[] =
        stalled === null || unfit.length > 0
          ? unfit
          : [{ code: 'partition-stalled', text: stalled, remedy: '' }];
      return [...held, ...waiting.causes(), ...asideCauses(projection, feed.held()), ...versions.causes()];
    };
    scope.defer(
      startFreshnessMeter({
        feed,
        places: {
          pool,
          admin,
          connect,
          db: () => Promise.resolve(db),
          projection,
        },
        collection: db.collection<FreshnessRecord | HealthRecord>(FRESHNESS_COLLECTION),
        found,
        speaks: () =>
          !['newer-version', 'rolled-back'].includes(feed.held() ?? '') && !versions.isSuperseded(),
        board,
        restart:
          connect &&
          createRestarter({
            connect,
            stream: projection.stream,
            isInCharge,
            now: () => performance.now(),
            logger,
            onRestart: () => metrics.connectorRestarts.inc(),
          }),
        metrics,
        logger,
      }),
    );
    scope.defer(
      startVerifier({
        pool,
        db,
        documents,
        projection,
        reached,
        isInCharge,
        rate: config.VERIFY_PER_SECOND,
        registry: app.metrics,
        logger,
      }),
    );
    await schema.untilFit(stopped.signal);
    watchQuarantine(app.metrics, db, projection, logger);
    const cache = createDocumentCache(config.DOCUMENT_CACHE_MB * 1024 * 1024);
    const deadLetters = createDeadLetters(kafka, deadLettersTopic(projection.name));
    scope.defer(() => deadLetters.close());
    const unkeyed = createUnkeyedChanges(db, projection.name);
    const steps = { projection, deadLetters, unkeyed, logger };
    const { apply, reach } = createApplySteps({
      ...steps,
      schema,
      waiting,
      metrics,
      noteSnapshots: createSnapshotNotes(db, projection.name),
      metNewer: versions.met,
      traceApplied: tracing ? createTraceApplied(tracing.tracer, projection) : undefined,
      alive: () => feed.alive(),
      pace: createReachPace(config.REACH_PER_SECOND),
      noteReached: createReachedNotes(db, projection.name),
    });
    const tailWait = createTailWait({
      askSource: () => sourceProgress(pool, slotName(projection.stream)),
      askEnd: async (partition) => {
        const ends = await admin.fetchTopicOffsets(projection.topic);
        return Number(ends.find((each) => each.partition === partition)?.high ?? Infinity);
      },
      onWait: () => feed.alive(),
      logger,
    });
    // A delivery is applied while the next one is fetched, so that kafkajs' own bound says nothing of this.
    const lanes = bulkhead(config.CONCURRENCY, Infinity);
    await feed.start((session) => {
      session.signal.addEventListener('abort', () => waiting.passed(session.partition), { once: true });
      const store = openDocumentStore(projection, documents, cache.of(session));
      // What is reached is of no use in the cache: others of its documents are changed next.
      const reaching = openDocumentStore(projection, documents);
      return createPartitionWorker(
        {
          projection,
          apply: (batch) => lanes.execute(() => apply(batch, store)),
          reach: (companions) => reach(session, companions, reaching),
          reachesPending: metrics.reachesPending,
          tailWait,
          onSplit: () => metrics.splits.inc(),
        },
        session,
      );
    });
    scope.defer(() => feed.stop());
    scope.defer(
      startKeptFeed({
        db,
        admin,
        projection,
        isInCharge,
        logger,
        make: (kept, onCrash) => makeFeed(kept.group, keptPositionId(kept), onCrash),
        applyTo(kept, alive) {
          // Nothing of it is told: what is wrong with a change, the live documents' own steps say.
          const applyKept = createApplySteps({
            ...steps,
            schema: createSchemaGuard(projection, pool, logger),
            waiting: createWaitingPartitions(() => performance.now()),
            metrics: createProjectorMetrics(new Registry()),
            noteSnapshots: () => Promise.resolve(),
            alive,
          });
          const store = openDocumentStore(projection, db.collection<StoredDocument>(kept.collection));
          return (batch) => applyKept.applyAndReach(batch, store);
        },
      }),
    );

    logger.info(
      { projection: projection.name, topic: projection.topic, group: projection.group },
      'projecting',
    );
  },
);
