/**
 * What becomes of one partition's changes, from delivery to commit: decode → cut at the transaction → apply → commit. What is held back
 * is applied when more of the partition comes, or when it has waited long enough to be whole.
 */
import type { DecodedBatch } from './apply-batch.ts';
import type { Delivery, PartitionSession, PartitionWorker } from './change-feed.ts';
import { decodeAll } from './decode.ts';
import type { DecodedChange } from './decode.ts';
import type { TailWait } from './tail-wait.ts';
import { cutAtTransaction } from './transaction-tail.ts';

export interface PartitionWorkerOptions {
  readonly rootTable: string;
  /** Resolves when the changes are in the documents; tries again by itself what passes by itself. */
  readonly apply: (batch: DecodedBatch) => Promise<void>;
  readonly tailWait: TailWait;
  /** A transaction went on after its first part was applied: a reader may have seen it in part (invariant 10). */
  readonly onSplit: () => void;
}

export function createPartitionWorker(
  { rootTable, apply, tailWait, onSplit }: PartitionWorkerOptions,
  session: PartitionSession,
): PartitionWorker {
  const { partition, signal } = session;
  let held: readonly DecodedChange[] = [];
  /** The last change delivered: its transaction may go on after its first part was applied. */
  let latest: DecodedChange | undefined;
  let next = 0;
  let waiting = new AbortController();
  let busy: Promise<void> = Promise.resolve();

  /** One at a time: a delivery and the end of a wait may meet. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const mine = busy.then(work);
    // Who asked for the work hears of its failure; the next one only waits for its end.
    busy = mine.catch(() => undefined);
    return mine;
  }

  async function applyAll(changes: readonly DecodedChange[]): Promise<void> {
    if (changes.length > 0) await apply({ partition, changes, signal });
    session.commit(held[0]?.raw.offset ?? next);
  }

  function releaseLater(): void {
    const mine = waiting;
    tailWait
      .over({ partition, next: () => next }, AbortSignal.any([mine.signal, signal]))
      .then((isOver) => {
        if (!isOver) return undefined;
        return inTurn(async () => {
          if (mine.signal.aborted || signal.aborted) return; // more came meanwhile
          const changes = held;
          held = [];
          await applyAll(changes);
        });
      })
      .catch((error: unknown) => session.fail(error));
  }

  return {
    take: (delivery: Delivery) =>
      inTurn(async () => {
        signal.throwIfAborted();
        waiting.abort();
        waiting = new AbortController();
        const decoded = decodeAll(delivery.changes);
        const { whole, tail } = cutAtTransaction(rootTable, [...held, ...decoded], delivery.moreWaits);
        if (latest && held.length === 0 && continues(latest, decoded[0])) onSplit();
        latest = decoded.at(-1) ?? latest;
        held = tail;
        next = Math.max(next, delivery.next);
        await applyAll(whole);
        // Where more is there already, its delivery is the end of the wait.
        if (held.length > 0 && !delivery.moreWaits) releaseLater();
      }),
  };
}

function continues(before: DecodedChange, after: DecodedChange | undefined): boolean {
  if (before.change instanceof Error || after === undefined || after.change instanceof Error) return false;
  return before.change.source.txId !== null && before.change.source.txId === after.change.source.txId;
}
