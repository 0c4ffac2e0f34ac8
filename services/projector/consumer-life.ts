/**
 * One kafkajs consumer after another: when one crashes because a broker was away, the next is made after a pause; what is not Kafka's
 * own failure ends the process. kafkajs' own restart is off: it leaves a consumer half alive, and on a TypeError none at all (design §4).
 */
import { ExponentialBackoff } from 'cockatiel';
import type { Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';
import type { RawChange } from './change-feed.ts';

export interface ConsumerOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly group: string;
  /** Partitions worked on side by side. */
  readonly concurrency: number;
  /** Bytes fetched at once, of one partition or of several; a larger record comes alone. */
  readonly fetchBytes?: number;
  readonly sessionTimeoutMs: number;
  readonly logger: Logger;
}

export interface ConsumerEvents {
  /** Before each new consumer: resolves when there is something to subscribe to. */
  prepare(signal: AbortSignal): Promise<void>;
  started(consumer: Consumer): void;
  joined(partitions: readonly number[]): void;
  rebalancing(): void;
  /** A fetch came back, with or without changes. */
  fetched(): void;
  eachBatch(payload: EachBatchPayload): Promise<void>;
  /** A fetch that held nothing but transaction markers, which kafkajs passes over. */
  markersPassed(event: ConsumerEndBatchProcessEvent['payload']): Promise<void>;
  crashed(error: Error): Promise<void>;
}

const HEARTBEAT_MS = 500;
/** Some ten thousand changes: behind, the more of them are of one document, the fewer saves there are. kafkajs shuffles the partitions. */
const FETCH_BYTES = 8 * 1024 * 1024;
/** Kafka answers at once when something comes. Until then commits and heartbeats wait behind a fetch: they go over the same connection. */
export const MAX_WAIT_MS = 100;
const RESTART_DELAY = { initialDelay: 200, maxDelay: 5000 };

/** Resolves when `signal` aborts. @throws what a consumer crashed on, where another one would not do better. */
export async function keepConsuming(
  options: ConsumerOptions,
  events: ConsumerEvents,
  signal: AbortSignal,
): Promise<void> {
  const { logger } = options;
  const backoff = new ExponentialBackoff<unknown>(RESTART_DELAY);
  let wait = backoff.next();
  while (!signal.aborted) {
    let hasJoined = false;
    const error = await consume(
      options,
      {
        ...events,
        joined: (partitions) => {
          hasJoined = true;
          events.joined(partitions);
        },
      },
      signal,
    );
    if (error === null || signal.aborted) return;
    if (!error.name.startsWith('KafkaJS')) throw error;
    await events.crashed(error);
    wait = hasJoined ? backoff.next() : wait.next(undefined);
    logger.warn({ err: error, inMs: wait.duration }, 'the consumer has crashed; making another');
    await sleep(wait.duration, undefined, { signal });
  }
}

/** One consumer's life. Resolves with what it crashed on; null when it is to stop, which is left to the caller. */
async function consume(
  options: ConsumerOptions,
  events: ConsumerEvents,
  signal: AbortSignal,
): Promise<Error | null> {
  const { topic, concurrency } = options;
  let consumer: Consumer | undefined;
  try {
    await events.prepare(signal);
    const mine = createConsumer(options);
    consumer = mine;
    events.started(mine);
    const ended = new Promise<Error | null>((resolve) => {
      mine.on(mine.events.CRASH, ({ payload }) => resolve(payload.error));
      signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    mine.on(mine.events.GROUP_JOIN, ({ payload }) => events.joined(payload.memberAssignment[topic] ?? []));
    mine.on(mine.events.REBALANCING, () => events.rebalancing());
    mine.on(mine.events.FETCH, () => events.fetched());
    mine.on(mine.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) void events.markersPassed(payload);
    });
    await mine.connect();
    await mine.subscribe({ topic, fromBeginning: true });
    await mine.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch: (payload) => events.eachBatch(payload),
    });
    return await ended;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    if (!signal.aborted) await consumer?.disconnect();
  }
}

function createConsumer({
  kafka,
  group,
  sessionTimeoutMs,
  fetchBytes = FETCH_BYTES,
}: ConsumerOptions): Consumer {
  return kafka.consumer({
    groupId: group,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: Math.max(10_000, sessionTimeoutMs),
    heartbeatInterval: HEARTBEAT_MS,
    minBytes: 1,
    maxWaitTimeInMs: MAX_WAIT_MS,
    maxBytesPerPartition: fetchBytes,
    maxBytes: fetchBytes,
    retry: {
      retries: 8,
      initialRetryTime: 100,
      maxRetryTime: 2000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
}

/** Heartbeats while a batch is worked on; `onMissed` hears of the first that failed. The returned function ends them. */
export function keepAlive(payload: EachBatchPayload, onMissed: (error: unknown) => void): () => void {
  let missed = false;
  const timer = setInterval(() => {
    payload.heartbeat().catch((error: unknown) => {
      if (!missed) onMissed(error);
      missed = true;
    });
  }, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

export interface FetchedBatch {
  readonly partition: number;
  /** Where the fetch began. After an offset out of range it is not where we had been. */
  readonly fetched: number;
  /** The last offset of the batch, markers included. */
  readonly through: number;
  /** The end of the partition when it was fetched. */
  readonly end: number;
  readonly changes: readonly RawChange[];
}

export function readBatch({ batch }: EachBatchPayload): FetchedBatch {
  // kafkajs has it, and its types do not say so
  if (!('fetchedOffset' in batch)) throw new TypeError('kafkajs does not tell where a fetch began');
  return {
    partition: batch.partition,
    fetched: Number(batch.fetchedOffset),
    through: Number(batch.lastOffset()),
    end: Number(batch.highWatermark),
    changes: batch.messages.map(({ offset, key, value, timestamp }) => ({
      offset: Number(offset),
      key,
      value,
      timestamp: Number(timestamp),
    })),
  };
}
