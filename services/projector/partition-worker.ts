/**
 * What becomes of one partition's changes, from delivery to commit: cut at the transaction → apply → commit. What is held back
 * is applied when more of the partition comes, or when it has waited long enough to be whole. While one delivery is applied, the next
 * is fetched; the one after that waits. What a batch leaves to be reached goes on beside those after it, and holds back the commit.
 */
import type { Gauge } from 'prom-client';
import type { DecodedBatch, DueReach } from './apply-batch.ts';
import type { Delivery, PartitionSession, PartitionWorker } from './change-feed.ts';
import { decodeAll } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import { createReachQueue } from './reach-queue.ts';
import type { TailWait } from './tail-wait.ts';
import type { Projection } from '../shared/projection/projection.ts';
import { cutAtTransaction, transactionOf } from './transaction-tail.ts';

export interface PartitionWorkerOptions {
  readonly projection: Pick<Projection, 'closingTable' | 'references' | 'tables'>;
  /** Resolves when the changes are in the documents; tries again by itself what passes by itself. */
  readonly apply: (batch: DecodedBatch) => Promise<DueReach | null>;
  /** Resolves when all that copies from these companions shows them as they are; likewise. */
  readonly reach: (companions: readonly string[]) => Promise<void>;
  readonly reachesPending: Pick<Gauge, 'inc'>;
  readonly tailWait: TailWait;
  /** A transaction went on after its first part was applied: a reader may have seen it in part (invariant 10). */
  readonly onSplit: () => void;
}

export function createPartitionWorker(
  { projection, apply, reach, reachesPending, tailWait, onSplit }: PartitionWorkerOptions,
  session: PartitionSession,
): PartitionWorker {
  const { partition, signal } = session;
  let held: readonly DecodedChange[] = [];
  /** Transaction of the last change delivered: it may go on after its first part was applied. */
  let latest: number | null = null;
  let next = 0;
  /** Of what is held back; null: nothing waits. */
  let waiting: AbortController | null = null;
  let applying: Promise<void> = Promise.resolve();
  let hasFailed = false;
  let applied: number | null = null;
  const reaches = createReachQueue({ reach, signal, pending: reachesPending, moved: commit, failed });

  function failed(error: unknown): void {
    hasFailed = true;
    session.fail(error);
  }

  function commit(): void {
    if (applied !== null && !hasFailed && !signal.aborted) session.commit(reaches.bound(applied));
  }

  /** One after the other. A failure is the session's matter, and nothing is applied after it. */
  function applyNext(changes: readonly DecodedChange[]): void {
    const through = held[0]?.raw.offset ?? next;
    const before = applying;
    const work = async (): Promise<void> => {
      await before;
      if (signal.aborted || hasFailed) return;
      try {
        const due = changes.length > 0 ? await apply({ partition, changes, signal }) : null;
        if (due !== null) reaches.add(due);
        applied = through;
        commit();
      } catch (error) {
        failed(error);
      }
    };
    applying = work();
  }

  async function releaseLater(): Promise<void> {
    const mine = new AbortController();
    waiting = mine;
    try {
      const either = AbortSignal.any([mine.signal, signal]);
      const isOver = await tailWait.over({ partition, next: () => next }, either);
      if (!isOver || mine.signal.aborted || signal.aborted) return; // more came meanwhile
      const changes = held;
      held = [];
      applyNext(changes);
    } catch (error) {
      session.fail(error);
    }
  }

  return {
    async take(delivery: Delivery) {
      await applying;
      await reaches.room();
      signal.throwIfAborted();
      waiting?.abort();
      waiting = null;
      const decoded = decodeAll(delivery.changes);
      const { whole, tail } = cutAtTransaction(projection, [...held, ...decoded], delivery.moreWaits);
      if (latest !== null && held.length === 0 && transactionOf(decoded[0]) === latest) onSplit();
      if (decoded.length > 0) latest = transactionOf(decoded.at(-1));
      // Decoded once, for they will be looked at with each delivery.
      held = tail.map(({ raw, change }) => ({ raw, change }));
      next = Math.max(next, delivery.next);
      applyNext(whole);
      // Where more is there already, its delivery is the end of the wait.
      if (held.length > 0 && !delivery.moreWaits) void releaseLater();
    },
    async settled() {
      await applying;
      // Until the partition is taken away a reach may go on: what is not over then is told by what was committed.
      if (signal.aborted) await reaches.ended();
    },
  };
}
