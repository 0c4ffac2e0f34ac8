/**
 * Tells which documents change, by a change stream on their collection that carries ids and owners alone. Owns one connection of the pool while
 * it waits. It never resumes: when it breaks, when the collection is dropped or replaced by a rebuild, or when more changes than it is
 * worth to follow, all is lost that rests on it, and it begins anew from now.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Long } from 'mongodb';
import type { Db, Timestamp } from 'mongodb';
import type { Logger } from '../../shared/logger.ts';
import { resumeTime } from './resume-time.ts';

export interface ChangeSink {
  /** From now on every change is told. All before `upTo` is past: a lookup that begins now may not find less. */
  begun(): void;
  /** `owner`: what stands at `ownerPath`; undefined: nothing, or there is no such path, or the document is gone. */
  changed(id: string, owner: unknown): void;
  /** Every change until then was told, by an answer to what was asked at `askedAt`, by performance.now(). */
  told(upTo: Timestamp, askedAt: number): void;
  /** Changes may have been missed. */
  lost(): void;
}

/** For whoever else wants to know which documents change. */
export interface ChangeNews extends Pick<ChangeSink, 'begun' | 'lost'> {
  changed(id: string): void;
}

export interface ChangeWatchOptions {
  readonly db: Db;
  readonly collection: string;
  /** Of the field that says whose a document is; null: nobody asks for it. */
  readonly ownerPath: string | null;
  /** Reads by majority, and says which cluster time no later lookup will be from before. */
  readonly since: () => Promise<Timestamp>;
  readonly sink: ChangeSink;
  readonly logger: Logger;
  /** How long the server may say nothing when nothing changes. */
  readonly awaitMs: number;
  /** More than this in a second are not followed. */
  readonly maxChangesPerSecond: number;
  readonly timeoutMs: number;
}

export interface ChangeWatch {
  start(): void;
  stop(): Promise<void>;
}

interface Change {
  readonly operationType: string;
  /** The counts beside the documents have no text for their id. */
  readonly documentKey?: { readonly _id: unknown };
  readonly owner?: unknown;
}

interface Batch {
  readonly cursor: {
    readonly id: Long;
    readonly firstBatch?: readonly Change[];
    readonly nextBatch?: readonly Change[];
    readonly postBatchResumeToken: unknown;
  };
}

/** Why the stream ends though nothing is broken. */
class StreamEndedError extends Error {
  override readonly name = 'StreamEndedError';
  readonly pauseMs: number;
  constructor(message: string, pauseMs = SHORTEST_PAUSE_MS) {
    super(message);
    this.pauseMs = pauseMs;
  }
}

const DOCUMENT_CHANGES: ReadonlySet<string> = new Set(['insert', 'update', 'replace', 'delete']);
const BATCH_SIZE = 1000;
/** Each costs some 10 µs, here and on the server. A projector that catches up writes more in a second than readers can gain. */
export const MOST_CHANGES_A_SECOND = 10_000;
const FLOOD_PAUSE_MS = 2000;
/** So many at once come while many are written: asking for each few would cost more than they do. */
const MANY_CHANGES = 10;
const PAUSE_AMONG_MANY_MS = 5;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

export function createChangeWatch(options: ChangeWatchOptions): ChangeWatch {
  const { db, collection, ownerPath, since, sink, logger, awaitMs, maxChangesPerSecond, timeoutMs } = options;
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** Rejects when it ends, whatever for. */
  async function follow(onBegun: () => void): Promise<never> {
    const startAtOperationTime = await since();
    const session = db.client.startSession({ causalConsistency: false });
    let id = Long.ZERO;
    const ask = async (command: Record<string, unknown>, waitMs: number): Promise<Batch['cursor']> => {
      const signal = AbortSignal.timeout(waitMs + timeoutMs);
      const { cursor } = (await db.command(command, { session, signal, promoteLongs: false })) as Batch;
      ({ id } = cursor);
      return cursor;
    };
    try {
      // What a save has changed does not say whose the document is: the server looks that up.
      const whose = ownerPath === null ? {} : { owner: `$fullDocument.${ownerPath}` };
      const pipeline = [
        {
          $changeStream: {
            startAtOperationTime,
            ...(ownerPath !== null && { fullDocument: 'updateLookup' }),
          },
        },
        { $project: { operationType: 1, documentKey: 1, ...whose } },
      ];
      const cursor = { batchSize: BATCH_SIZE };
      let askedAt = performance.now();
      let batch = await ask(
        { aggregate: collection, pipeline, cursor, readConcern: { level: 'majority' } },
        0,
      );
      sink.begun();
      const mayChange = createAllowance(maxChangesPerSecond);
      for (;;) {
        const changes = batch.firstBatch ?? batch.nextBatch ?? [];
        tell(changes);
        const upTo = resumeTime(batch.postBatchResumeToken);
        if (upTo) sink.told(upTo, askedAt);
        onBegun();
        if (id.isZero()) throw new StreamEndedError('the collection was dropped or replaced');
        if (!mayChange(changes.length, performance.now()))
          throw new StreamEndedError('too many changes to be followed', FLOOD_PAUSE_MS);
        if (changes.length >= MANY_CHANGES) await sleep(PAUSE_AMONG_MANY_MS);
        stopping.signal.throwIfAborted();
        askedAt = performance.now();
        batch = await ask({ getMore: id, collection, batchSize: BATCH_SIZE, maxTimeMS: awaitMs }, awaitMs);
      }
    } finally {
      sink.lost();
      if (!id.isZero())
        await db
          .command(
            { killCursors: collection, cursors: [id] },
            { session, signal: AbortSignal.timeout(timeoutMs) },
          )
          .catch((error: unknown) => logger.debug({ err: error }, 'a change stream was not closed'));
      await session.endSession();
    }
  }

  function tell(changes: readonly Change[]): void {
    for (const { operationType, documentKey, owner } of changes) {
      if (!DOCUMENT_CHANGES.has(operationType) || documentKey === undefined)
        throw new StreamEndedError(`the collection is not what it was: ${operationType}`);
      if (typeof documentKey._id === 'string') sink.changed(documentKey._id, owner);
    }
  }

  async function run(): Promise<void> {
    let pauseMs = SHORTEST_PAUSE_MS;
    while (!stopping.signal.aborted) {
      try {
        await follow(() => {
          pauseMs = SHORTEST_PAUSE_MS;
        });
      } catch (error) {
        if (stopping.signal.aborted) return;
        const isNews = pauseMs === SHORTEST_PAUSE_MS && !(error instanceof StreamEndedError);
        if (error instanceof StreamEndedError) ({ pauseMs } = error);
        logger[isNews ? 'warn' : 'debug'](
          { err: error },
          'no documents are kept ready for now: their changes are not told',
        );
      }
      await sleep(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined); // asked to stop
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  return {
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** Whether so many in the last second are still allowed. */
export function createAllowance(perSecond: number): (count: number, now: number) => boolean {
  let began = Number.NEGATIVE_INFINITY;
  let counted = 0;
  return (count, now) => {
    if (now - began > 1000) {
      began = now;
      counted = 0;
    }
    counted += count;
    return counted <= perSecond;
  };
}
