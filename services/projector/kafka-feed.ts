/**
 * The change feed on kafkajs, set against what it does by itself (design §4): it commits only what a worker said, creates no topic,
 * keeps its session alive while a batch takes long, makes a new consumer when the old one has crashed on a broker that was away, and
 * stops a partition whose changes do not go on where the documents stand.
 */
import { ExponentialBackoff } from 'cockatiel';
import type { Admin, Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../shared/logger.ts';
import { StallError } from './change-feed.ts';
import type { ChangeFeed, OpenPartition, PartitionWorker } from './change-feed.ts';
import { createOffsetCommitter } from './offset-committer.ts';
import type { OffsetCommitter } from './offset-committer.ts';
import { PositionLostError, createPositions } from './positions.ts';
import type { PositionStore } from './position-record.ts';
import { waitForTopic } from './wait-for-topic.ts';

export interface KafkaFeedOptions {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly topic: string;
  readonly group: string;
  /** Partitions worked on side by side. */
  readonly concurrency: number;
  /** Changes handed over at once, at most. */
  readonly batchSize: number;
  /** Bytes fetched of a partition at once; a larger record comes alone. */
  readonly fetchBytes?: number;
  readonly sessionTimeoutMs: number;
  readonly positions: PositionStore;
  /** What heals a partition that does not go on where the documents stand. */
  readonly remedy: string;
  readonly logger: Logger;
  /** The feed cannot go on by itself: the process must end and be started again. */
  readonly onCrash: (error: Error) => void;
}

export interface KafkaFeed extends ChangeFeed {
  /** Once a second: compares what Kafka holds with where the partitions stand, and notes where they stand. */
  observe(): Promise<void>;
}

const HEARTBEAT_MS = 500;
const FETCH_BYTES = 4 * 1024 * 1024;
const MAX_WAIT_MS = 10;
const LOOK_AGAIN_MS = 3000;
const RESTART_DELAY = { initialDelay: 200, maxDelay: 5000 };

/** A partition of the present consumer, and its worker. */
interface Session {
  readonly worker: PartitionWorker;
  readonly lost: AbortController;
}

export function createKafkaFeed(options: KafkaFeedOptions): KafkaFeed {
  const { topic, logger } = options;
  const sessions = new Map<number, Session>();
  const stalls = new Map<number, string>();
  const underWay = new Set<Promise<void>>();
  const positions = createPositions(options.positions);
  let open: OpenPartition = () => {
    throw new Error('the feed was not started');
  };
  let consumer: Consumer | null = null;
  let committer: OffsetCommitter | null = null;
  let assigned: readonly number[] | null = null;
  let away: string | null = null;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** Ends the sessions: what comes next is delivered from the positions that were reached. */
  function closeSessions(reason: Error): void {
    for (const { lost } of sessions.values()) lost.abort(reason);
    sessions.clear();
  }

  function crash(error: unknown): void {
    options.onCrash(error instanceof Error ? error : new Error(String(error)));
  }

  /** What has lost its place is healed by a rebuild; whether anything else is, only another try can show. */
  async function isHealed(partition: number, isLost: boolean): Promise<boolean> {
    return !isLost || positions.healed(partition);
  }

  /** Holds the partition, and looks again every few seconds whether it was healed. */
  function stall(partition: number, error: StallError): void {
    const why = error.message.includes('readside ') ? error.message : `${error.message}: ${options.remedy}`;
    if (!stalls.has(partition)) logger.error({ partition, topic }, `the partition stands still: ${why}`);
    stalls.set(partition, `partition ${partition}: ${why}`);
    sessions.get(partition)?.lost.abort(error);
    sessions.delete(partition);
    const held = consumer;
    held?.pause([{ topic, partitions: [partition] }]);
    const lookAgain = async (): Promise<void> => {
      const isLost = error instanceof PositionLostError;
      do {
        await sleep(LOOK_AGAIN_MS, undefined, { signal: stopping.signal, ref: false });
        if (consumer !== held || !stalls.has(partition)) return; // another consumer, another assignment
      } while (!(await isHealed(partition, isLost)));
      // Made anew, the documents know by themselves which of the changes they hold.
      const from = isLost ? (await endsOf(partition)).low : positions.reached(partition);
      positions.forget(partition);
      if (from !== undefined) held?.seek({ topic, partition, offset: String(from) });
      stalls.delete(partition);
      held?.resume([{ topic, partitions: [partition] }]);
    };
    lookAgain().catch((failure: unknown) => {
      if (!stopping.signal.aborted) crash(failure);
    });
  }

  function sessionOf(partition: number): Session {
    const known = sessions.get(partition);
    if (known) return known;
    const lost = new AbortController();
    const worker = open({
      partition,
      signal: lost.signal,
      commit: (next) => {
        if (lost.signal.aborted) return;
        positions.reach(partition, next);
        committer?.commit(partition, next);
      },
      fail: (error) => {
        if (!lost.signal.aborted) failed(partition, error);
      },
    });
    const session = { worker, lost };
    sessions.set(partition, session);
    return session;
  }

  /** What is neither passing nor a lost partition is a defect of the code: no other try will differ. */
  function failed(partition: number, error: unknown): void {
    if (error instanceof StallError) stall(partition, error);
    else crash(error);
  }

  async function deliver(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const { partition } = batch;
    if (stopping.signal.aborted || stalls.has(partition)) return;
    const session = sessionOf(partition);
    let missed: unknown;
    const heartbeats = setInterval(() => {
      payload.heartbeat().catch((error: unknown) => {
        missed ??= error;
        // Its changes come again: from the committed offset after a rejoin, from here without one.
        session.lost.abort(error);
        if (sessions.get(partition) === session) sessions.delete(partition);
        rewind(partition);
      });
    }, HEARTBEAT_MS);
    try {
      await work(payload, session);
    } catch (error) {
      if (!session.lost.signal.aborted) failed(partition, error);
    } finally {
      clearInterval(heartbeats);
    }
    // kafkajs joins again when it is given the error that the heartbeat met.
    if (missed !== undefined) throw missed;
  }

  async function work(payload: EachBatchPayload, session: Session): Promise<void> {
    const { batch } = payload;
    const { partition } = batch;
    const changes = batch.messages.map(({ offset, key, value, timestamp }) => ({
      offset: Number(offset),
      key,
      value,
      timestamp: Number(timestamp),
    }));
    const through = Number(batch.lastOffset());
    const end = Number(batch.highWatermark);
    await positions.check(partition, { fetched: fetchedOffset(batch), through, changes }, () =>
      endsOf(partition),
    );
    for (let start = 0; start < changes.length; start += options.batchSize) {
      const slice = changes.slice(start, start + options.batchSize);
      const last = slice.at(-1);
      if (
        !last ||
        !payload.isRunning() ||
        payload.isStale() ||
        session.lost.signal.aborted ||
        stopping.signal.aborted
      )
        return;
      const next = start + options.batchSize >= changes.length ? through + 1 : last.offset + 1;
      positions.pass(partition, last);
      await session.worker.take({ changes: slice, next, moreWaits: next < end });
      payload.resolveOffset(String(last.offset));
      positions.fetch(partition, next);
    }
  }

  /** kafkajs passes over a fetch that holds nothing but markers, and the group would look behind for as long as the topic is idle. */
  async function passMarkers({
    partition,
    firstOffset,
    lastOffset,
    highWatermark,
  }: ConsumerEndBatchProcessEvent['payload']): Promise<void> {
    const next = Number(lastOffset) + 1;
    if (stalls.has(partition)) return;
    const session = sessionOf(partition);
    try {
      const delivered = { fetched: Number(firstOffset), through: next - 1, changes: [] };
      await positions.check(partition, delivered, () => endsOf(partition));
      positions.fetch(partition, next);
      await session.worker.take({ changes: [], next, moreWaits: next < Number(highWatermark) });
    } catch (error) {
      if (!session.lost.signal.aborted) failed(partition, error);
    }
  }

  /** Without a new join kafkajs would go on after what it has fetched, and what was held back would be lost. */
  function rewind(partition: number): void {
    const from = positions.reached(partition);
    if (from === undefined) return;
    positions.fetch(partition, from);
    consumer?.seek({ topic, partition, offset: String(from) });
  }

  async function endsOf(partition: number): Promise<{ low: number; end: number }> {
    const offsets = await options.admin.fetchTopicOffsets(topic);
    const found = offsets.find((each) => each.partition === partition);
    if (!found) throw new StallError(`the topic ${topic} has no partition ${partition}`);
    return { low: Number(found.low), end: Number(found.high) };
  }

  /** One consumer's life. Resolves with what it crashed on; null when it was stopped. */
  async function consume(onJoined: () => void): Promise<Error | null> {
    await waitForTopic(options.admin, topic, stopping.signal, logger);
    const mine = createConsumer(options);
    consumer = mine;
    committer = createOffsetCommitter(
      async (offsets) => {
        await mine.commitOffsets(
          [...offsets].map(([partition, next]) => ({ topic, partition, offset: String(next) })),
        );
      },
      (error) => logger.debug({ err: error }, 'an offset was not committed; it will be with the next'),
    );
    const crashed = new Promise<Error | null>((resolve) => {
      mine.on(mine.events.CRASH, ({ payload }) => resolve(payload.error));
      stopping.signal.addEventListener('abort', () => resolve(null), { once: true });
    });
    mine.on(mine.events.GROUP_JOIN, ({ payload }) => {
      closeSessions(new Error('the group was joined anew'));
      positions.clear();
      assigned = payload.memberAssignment[topic] ?? [];
      away = null;
      const mineNow = new Set(assigned);
      for (const partition of stalls.keys()) if (!mineNow.has(partition)) stalls.delete(partition);
      logger.info({ partitions: assigned }, 'joined the consumer group');
      onJoined();
    });
    mine.on(mine.events.REBALANCING, () => closeSessions(new Error('the group is rebalancing')));
    mine.on(mine.events.END_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize === 0) void passMarkers(payload);
    });
    try {
      await mine.connect();
      await mine.subscribe({ topic, fromBeginning: true });
      await mine.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: options.concurrency,
        eachBatch: async (payload) => {
          const delivering = deliver(payload);
          underWay.add(delivering);
          try {
            await delivering;
          } finally {
            underWay.delete(delivering);
          }
        },
      });
      return await crashed;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      assigned = null;
      if (!stopping.signal.aborted) {
        closeSessions(new Error('the consumer has crashed'));
        await mine.disconnect();
      }
    }
  }

  async function keepConsuming(onJoined: () => void): Promise<void> {
    const backoff = new ExponentialBackoff<unknown>(RESTART_DELAY);
    let wait = backoff.next();
    while (!stopping.signal.aborted) {
      let joined = false;
      const error = await consume(() => {
        joined = true;
        onJoined();
      });
      if (error === null || stopping.signal.aborted) return;
      // What is not Kafka's is a defect, also one of kafkajs': it dies on a TypeError with the process alive (design §4).
      if (!error.name.startsWith('KafkaJS')) throw error;
      away = `Kafka: ${error.message}`;
      wait = joined ? backoff.next() : wait.next(undefined);
      logger.warn({ err: error, inMs: wait.duration }, 'the consumer has crashed; making another');
      await sleep(wait.duration, undefined, { signal: stopping.signal });
    }
  }

  return {
    assigned: () => assigned,
    stalled: () => [...stalls.values()].join('; ') || away,
    start: (openPartition) => {
      open = openPartition;
      return new Promise((resolve, reject) => {
        running = keepConsuming(resolve).catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          reject(error instanceof Error ? error : new Error(String(error)));
          crash(error);
        });
      });
    },
    async stop() {
      stopping.abort();
      const last = consumer;
      // Told before kafkajs stops: from then on it commits nothing.
      await Promise.allSettled(underWay);
      await committer?.flush();
      await last?.stop().catch((error: unknown) => logger.warn({ err: error }, 'the consumer did not stop'));
      closeSessions(new Error('the feed was stopped'));
      await last?.disconnect();
      await running;
    },
    async observe() {
      for (const partition of assigned ?? []) {
        if (stalls.has(partition)) continue;
        const why = await positions.refuse(partition, () => endsOf(partition));
        if (why !== null) stall(partition, new PositionLostError(why));
      }
      await positions.note(new Set(stalls.keys()));
    },
  };
}

function createConsumer({
  kafka,
  group,
  sessionTimeoutMs,
  fetchBytes = FETCH_BYTES,
}: KafkaFeedOptions): Consumer {
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
    maxBytes: 4 * fetchBytes,
    retry: {
      retries: 8,
      initialRetryTime: 100,
      maxRetryTime: 2000,
      restartOnFailure: () => Promise.resolve(false),
    },
  });
}

/** Where the fetch began; kafkajs holds it and its types do not say so. After an offset out of range it is not where we had been. */
function fetchedOffset(batch: EachBatchPayload['batch']): number {
  if (!('fetchedOffset' in batch)) throw new TypeError('kafkajs does not tell where a fetch began');
  return Number(batch.fetchedOffset);
}
