/**
 * The change feed on kafkajs, set against what it does by itself (design §4): it commits only what was resolved here, ends on a
 * crash rather than linger half alive, creates no topic, and keeps its session alive while a batch takes long.
 */
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type { Logger } from '../shared/logger.ts';
import type { ChangeFeed, HandleBatch, RawChange } from './change-feed.ts';

export interface KafkaFeedOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly group: string;
  /** Partitions worked on side by side. */
  readonly concurrency: number;
  /** Changes handed over at once, at most. */
  readonly batchSize: number;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger;
  /** The feed cannot go on by itself: the process must end and be started again. */
  readonly onCrash: (error: Error) => void;
}

const HEARTBEAT_MS = 500;
const BYTES_PER_PARTITION = 4 * 1024 * 1024;
const MAX_WAIT_MS = 10;

export function createKafkaFeed(options: KafkaFeedOptions): ChangeFeed {
  const { kafka, topic, group, logger } = options;
  const consumer = kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    sessionTimeout: options.sessionTimeoutMs,
    rebalanceTimeout: Math.max(10_000, options.sessionTimeoutMs),
    heartbeatInterval: HEARTBEAT_MS,
    minBytes: 1,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: BYTES_PER_PARTITION,
    maxBytes: 4 * BYTES_PER_PARTITION,
    retry: {
      retries: 8,
      initialRetryTime: 100,
      maxRetryTime: 2000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
  let assigned: readonly number[] | null = null;
  let stopping = false;

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    assigned = payload.memberAssignment[topic] ?? [];
    logger.info({ partitions: assigned }, 'joined the consumer group');
  });
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!stopping) options.onCrash(payload.error);
  });
  commitSkippedMarkers(consumer, logger);

  return {
    assigned: () => assigned,
    stalled: () => null,
    async start(handle) {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: true,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: options.concurrency,
        eachBatch: (payload) => deliver(payload, options.batchSize, handle),
      });
    },
    async stop() {
      stopping = true;
      await consumer.disconnect();
    },
  };
}

async function deliver(payload: EachBatchPayload, batchSize: number, handle: HandleBatch): Promise<void> {
  const { batch } = payload;
  const { signal, settle } = keepAlive(() => payload.heartbeat());
  try {
    for (let start = 0; start < batch.messages.length; start += batchSize) {
      if (!payload.isRunning() || payload.isStale()) break;
      const messages = batch.messages.slice(start, start + batchSize);
      const changes: RawChange[] = messages.map(({ offset, key, value, timestamp }) => ({
        offset: Number(offset),
        key,
        value,
        timestamp: Number(timestamp),
      }));
      await handle({ partition: batch.partition, changes, signal });
      const last = messages.at(-1);
      if (last) payload.resolveOffset(last.offset);
    }
  } finally {
    settle();
  }
  // kafkajs joins again when it is given the error that the heartbeat met.
  signal.throwIfAborted();
}

/** Heartbeats while a batch is worked on; the signal aborts, with the error to throw, when the group has moved on. */
function keepAlive(heartbeat: () => Promise<void>): { signal: AbortSignal; settle: () => void } {
  const lost = new AbortController();
  const timer = setInterval(() => {
    heartbeat().catch((error: unknown) => lost.abort(error));
  }, HEARTBEAT_MS);
  return { signal: lost.signal, settle: () => clearInterval(timer) };
}

/**
 * A fetch may hold nothing but the marker that ends a transaction. kafkajs passes over it without committing, and the group
 * would look one event behind for as long as the topic is idle.
 */
function commitSkippedMarkers(consumer: Consumer, logger: Logger): void {
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    if (payload.batchSize > 0) return;
    const next = String(BigInt(payload.lastOffset) + 1n);
    consumer
      .commitOffsets([{ topic: payload.topic, partition: payload.partition, offset: next }])
      .catch((error: unknown) =>
        logger.warn({ err: error, partition: payload.partition }, 'a marker’s offset was not committed'),
      );
  });
}
