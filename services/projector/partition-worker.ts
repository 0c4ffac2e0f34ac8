/**
 * What becomes of one partition's changes, from delivery to commit: cut at the transaction → apply → commit. What is held back
 * is applied when more of the partition comes, or when it has waited long enough to be whole. While one delivery is applied, the next
 * is fetched; the one after that waits.
 */
import type { DecodedBatch } from './apply-batch.ts';
import type { Delivery, PartitionSession, PartitionWorker } from './change-feed.ts';
import { decodeAll } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import type { TailWait } from './tail-wait.ts';
import { cutAtTransaction, transactionOf } from './transaction-tail.ts';

export interface PartitionWorkerOptions {
  /** Whose row a transaction ends with; null: none says so. */
  readonly closingTable: string | null;
  /** Resolves when the changes are in the documents; tries again by itself what passes by itself. */
  readonly apply: (batch: DecodedBatch) => Promise<void>;
  readonly tailWait: TailWait;
  /** A transaction went on after its first part was applied: a reader may have seen it in part (invariant 10). */
  readonly onSplit: () => void;
}

export function createPartitionWorker(
  { closingTable, apply, tailWait, onSplit }: PartitionWorkerOptions,
  session: PartitionSession,
): PartitionWorker {
  const { partition, signal } = session;
  let held: readonly DecodedChange[] = [];
  /** Transaction of the last change delivered: it may go on after its first part was applied. */
  let latest: number | null = null;
  let next = 0;
  let waiting = new AbortController();
  let applying: Promise<void> = Promise.resolve();
  let hasFailed = false;

  /** One after the other. A failure is the session's matter, and nothing is applied after it. */
  function applyNext(changes: readonly DecodedChange[]): void {
    const through = held[0]?.raw.offset ?? next;
    const before = applying;
    const work = async (): Promise<void> => {
      await before;
      if (signal.aborted || hasFailed) return;
      try {
        if (changes.length > 0) await apply({ partition, changes, signal });
        session.commit(through);
      } catch (error) {
        hasFailed = true;
        session.fail(error);
      }
    };
    applying = work();
  }

  async function releaseLater(): Promise<void> {
    const mine = waiting;
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
      signal.throwIfAborted();
      waiting.abort();
      waiting = new AbortController();
      const decoded = decodeAll(delivery.changes);
      const { whole, tail } = cutAtTransaction(closingTable, [...held, ...decoded], delivery.moreWaits);
      if (latest !== null && held.length === 0 && transactionOf(decoded[0]) === latest) onSplit();
      if (decoded.length > 0) latest = transactionOf(decoded.at(-1));
      // Decoded once, for they will be looked at with each delivery.
      held = tail.map(({ raw, change }) => ({ raw, change }));
      next = Math.max(next, delivery.next);
      applyNext(whole);
      // Where more is there already, its delivery is the end of the wait.
      if (held.length > 0 && !delivery.moreWaits) void releaseLater();
    },
    settled: () => applying,
  };
}
