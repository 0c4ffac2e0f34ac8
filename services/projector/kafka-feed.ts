/**
 * The change feed on kafkajs, set against what it does by itself (design §4): it commits only what a worker said, keeps its session
 * alive while a batch takes long, and stops a partition whose changes do not go on where the documents stand.
 */
import type { Admin, Consumer, ConsumerEndBatchProcessEvent, EachBatchPayload } from 'kafkajs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StallError } from './change-feed.ts';
import type { ChangeFeed, OpenPartition } from './change-feed.ts';
import { keepAlive, keepConsuming, readBatch } from './consumer-life.ts';
import type { ConsumerOptions } from './consumer-life.ts';
import { createOffsetCommitter } from './offset-committer.ts';
import { createPartitionSessions } from './partition-sessions.ts';
import type { Session } from './partition-sessions.ts';
import type { PartitionEnds } from './position-guard.ts';
import type { PositionStore } from './position-record.ts';
import { PositionLostError, createPositions } from './positions.ts';
import type { Delivered } from './positions.ts';
import { createProgressWatch } from './progress-watch.ts';
import { waitForTopic } from './wait-for-topic.ts';

export interface KafkaFeedOptions extends ConsumerOptions {
  readonly admin: Admin;
  /** Changes handed over at once, at most. */
  readonly batchSize: number;
  readonly positions: PositionStore;
  /** What heals a partition that does not go on where the documents stand. */
  readonly remedy: string;
  /** How long nothing may move while Kafka holds more, in ms. */
  readonly noProgressMs?: number;
  /** The feed cannot go on by itself: the process must end and be started again. */
  readonly onCrash: (error: Error) => void;
}

export interface KafkaFeed extends ChangeFeed {
  /** Once a second: compares what Kafka holds with where the partitions stand, and notes where they stand. */
  observe(): Promise<void>;
  /** What is done takes long and is no standstill: it is tried again. */
  alive(): void;
}

const LOOK_AGAIN_MS = 3000;
const NO_PROGRESS_MS = 60_000;

export function createKafkaFeed(options: KafkaFeedOptions): KafkaFeed {
  const { topic, group, admin, logger, batchSize } = options;
  const stalls = new Map<number, string>();
  const underWay = new Set<Promise<void>>();
  const positions = createPositions(options.positions);
  const watch = createProgressWatch(options.noProgressMs ?? NO_PROGRESS_MS);
  const stopping = new AbortController();
  const committer = createOffsetCommitter(
    async (offsets) => {
      const each = [...offsets].map(([partition, next]) => ({ topic, partition, offset: String(next) }));
      await consumer?.commitOffsets(each);
    },
    (error) => logger.debug({ err: error }, 'an offset was not committed; it will be with the next'),
  );
  let open: OpenPartition = () => {
    throw new Error('the feed was not started');
  };
  const sessions = createPartitionSessions({
    open: (session) => open(session),
    positions,
    committed: (partition, next) => {
      watch.moved();
      committer.commit(partition, next);
    },
    failed,
  });
  let consumer: Consumer | null = null;
  let assigned: readonly number[] | null = null;
  let away: string | null = null;
  let running: Promise<void> = Promise.resolve();

  function crash(error: unknown): void {
    options.onCrash(error instanceof Error ? error : new Error(String(error)));
  }

  /** What is neither passing nor a lost partition is a defect of the code: no other try will differ. */
  function failed(partition: number, error: unknown): void {
    if (error instanceof StallError) stall(partition, error);
    else crash(error);
  }

  /** Holds the partition, and looks again every few seconds whether it was healed. */
  function stall(partition: number, error: StallError): void {
    const why = error.message.includes('readside ') ? error.message : `${error.message}: ${options.remedy}`;
    if (!stalls.has(partition)) logger.error({ partition, topic }, `the partition stands still: ${why}`);
    stalls.set(partition, `partition ${partition}: ${why}`);
    sessions.close(partition, error);
    const held = consumer;
    try {
      held?.pause([{ topic, partitions: [partition] }]);
    } catch (failure) {
      if (!isKafkas(failure)) throw failure;
      return; // the consumer has crashed, and the next one begins anew
    }
    const lookAgain = async (): Promise<void> => {
      for (;;) {
        await sleep(LOOK_AGAIN_MS, undefined, { signal: stopping.signal });
        if (consumer !== held || !stalls.has(partition)) return; // another consumer, another assignment
        if (await isHealed(partition, error)) return resume(partition, error);
      }
    };
    const onFailure = (failure: unknown): void => {
      if (stopping.signal.aborted) return;
      if (isKafkas(failure)) lookAgain().catch(onFailure);
      else crash(failure);
    };
    lookAgain().catch(onFailure);
  }

  /** What has lost its place needs documents made anew; whether anything else is healed, only another try can show. */
  async function isHealed(partition: number, error: StallError): Promise<boolean> {
    return !(error instanceof PositionLostError) || positions.healed(partition);
  }

  async function resume(partition: number, error: StallError): Promise<void> {
    // Documents made anew know by themselves which changes they hold.
    const from =
      error instanceof PositionLostError ? (await endsOf(partition)).low : positions.reached(partition);
    positions.forget(partition);
    if (from !== undefined) consumer?.seek({ topic, partition, offset: String(from) });
    stalls.delete(partition);
    consumer?.resume([{ topic, partitions: [partition] }]);
    logger.info({ partition }, 'the partition is tried again');
  }

  async function deliver(payload: EachBatchPayload): Promise<void> {
    const { partition } = payload.batch;
    if (stopping.signal.aborted || stalls.has(partition)) return;
    const session = sessions.of(partition);
    let missed: unknown;
    const settle = keepAlive(payload, (error) => {
      missed = error;
      if (sessions.isOpen(partition, session)) rewind(partition, error);
    });
    try {
      await work(payload, session);
    } catch (error) {
      if (session.lost.aborted) logger.debug({ err: error, partition }, 'the partition was taken away');
      else if (isKafkas(error)) missed ??= error;
      else failed(partition, error);
    } finally {
      settle();
    }
    // kafkajs joins again, or fetches again, when it is given the error that was met.
    if (missed !== undefined) throw missed;
  }

  async function work(payload: EachBatchPayload, { worker, lost }: Session): Promise<void> {
    const batch = readBatch(payload);
    const { partition, changes, through, end } = batch;
    if (!(await goesOn(partition, batch))) return;
    const isOver = (): boolean =>
      !payload.isRunning() || payload.isStale() || lost.aborted || stopping.signal.aborted;
    for (let start = 0; start < changes.length && !isOver(); start += batchSize) {
      const slice = changes.slice(start, start + batchSize);
      const last = slice.at(-1);
      if (!last) return;
      const next = start + batchSize >= changes.length ? through + 1 : last.offset + 1;
      positions.pass(partition, last);
      await worker.take({ changes: slice, next, moreWaits: next < end });
      // What it holds back is lost with it: kafkajs must not go on behind that.
      lost.throwIfAborted();
      watch.moved();
      payload.resolveOffset(String(last.offset));
      positions.fetch(partition, next);
    }
  }

  /** Without this the group would look behind for as long as the topic is idle. */
  async function passMarkers(event: ConsumerEndBatchProcessEvent['payload']): Promise<void> {
    const { partition } = event;
    if (stopping.signal.aborted || stalls.has(partition)) return;
    const session = sessions.of(partition);
    const fetched = Number(event.firstOffset || event.lastOffset);
    const next = Number(event.lastOffset) + 1;
    try {
      const passed = { fetched, through: next - 1, changes: [] };
      if (!(await goesOn(partition, passed))) return;
      session.lost.throwIfAborted();
      positions.fetch(partition, next);
      await session.worker.take({ changes: [], next, moreWaits: next < Number(event.highWatermark) });
    } catch (error) {
      if (session.lost.aborted) return;
      if (isKafkas(error)) rewind(partition, error);
      else failed(partition, error);
    }
  }

  /** Whether it goes on where the partition stands; when it lies ahead of that, it is fetched again from there. */
  async function goesOn(partition: number, delivered: Delivered): Promise<boolean> {
    const isFirst = positions.reached(partition) === undefined;
    const isNext = await positions.check(partition, delivered, () => endsOf(partition));
    if (isFirst) logger.info({ group, partition, from: delivered.fetched }, 'the partition is taken up');
    if (!isNext) rewind(partition, new Error('what lies before was not applied'));
    return isNext;
  }

  /** kafkajs would go on after what it has fetched, and what the worker holds back would be lost with it. */
  function rewind(partition: number, reason: unknown): void {
    const from = sessions.close(partition, reason);
    if (from === undefined) return;
    logger.info({ partition, from, err: reason }, 'the partition is fetched again from what is applied');
    consumer?.seek({ topic, partition, offset: String(from) });
  }

  async function ends(): Promise<ReadonlyMap<number, PartitionEnds>> {
    const offsets = await admin.fetchTopicOffsets(topic);
    return new Map(
      offsets.map(({ partition, low, high }) => [partition, { low: Number(low), end: Number(high) }]),
    );
  }

  async function isAnswering(): Promise<boolean> {
    try {
      await ends();
      return true;
    } catch (error) {
      if (isKafkas(error)) return false;
      throw error;
    }
  }

  async function endsOf(partition: number): Promise<PartitionEnds> {
    const found = (await ends()).get(partition);
    if (!found) throw new StallError(`the topic ${topic} has no partition ${partition}`);
    return found;
  }

  function joined(partitions: readonly number[]): void {
    sessions.closeAll(new Error('the group was joined anew'));
    positions.keep(partitions);
    for (const partition of stalls.keys()) if (!partitions.includes(partition)) stalls.delete(partition);
    assigned = partitions;
    away = null;
    watch.moved();
    logger.info({ partitions }, 'joined the consumer group');
  }

  async function consume(onJoined: () => void): Promise<void> {
    await keepConsuming(
      options,
      {
        prepare: (signal) => waitForTopic(admin, topic, signal, logger),
        started: (mine) => {
          consumer = mine;
        },
        joined: (partitions) => {
          joined(partitions);
          onJoined();
        },
        rebalancing: () => sessions.closeAll(new Error('the group is rebalancing')),
        fetched: () => watch.fetched(),
        eachBatch: async (payload) => {
          const delivering = deliver(payload);
          underWay.add(delivering);
          try {
            await delivering;
          } finally {
            underWay.delete(delivering);
          }
        },
        markersPassed: passMarkers,
        crashed: async (error) => {
          assigned = null;
          away = `Kafka: ${error.message}`;
          stalls.clear();
          sessions.closeAll(error);
        },
      },
      stopping.signal,
    );
  }

  return {
    assigned: () => assigned,
    stalled: () => [...stalls.values()].join('; ') || away,
    alive: () => watch.moved(),
    start: (openPartition) => {
      open = openPartition;
      return new Promise((resolve, reject) => {
        running = consume(resolve).catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          reject(error instanceof Error ? error : new Error(String(error)));
          crash(error);
        });
      });
    },
    async stop() {
      stopping.abort();
      // Told before kafkajs stops: from then on it commits nothing.
      await Promise.allSettled(underWay);
      await sessions.drain(new Error('the feed was stopped'));
      await committer.flush();
      await consumer?.disconnect();
      await running;
    },
    async observe() {
      if (assigned === null) {
        const why = watch.outside(await isAnswering());
        // kafkajs can wait for ever on a connection that it has lost, also when it is to let go of it.
        if (why !== null) crash(new Error(why));
        return;
      }
      // Asked before Kafka is: what moves on meanwhile must not look like a topic that ends too early.
      const standings = await positions.standings(assigned);
      const now = await ends();
      for (const { partition, next } of standings) {
        const found = now.get(partition);
        if (!found || stalls.has(partition) || !assigned?.includes(partition)) continue;
        const why = positions.refuse(next, found);
        if (why !== null) stall(partition, new PositionLostError(why));
      }
      await positions.note(new Set(stalls.keys()));
      const isAhead = standings.some(
        ({ partition, next }) => !stalls.has(partition) && (now.get(partition)?.end ?? 0) > next,
      );
      const stuck = watch.standstill(isAhead);
      if (stuck !== null) crash(new Error(stuck));
    },
  };
}

function isKafkas(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('KafkaJS');
}
