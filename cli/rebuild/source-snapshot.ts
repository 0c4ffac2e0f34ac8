/**
 * What a snapshot of Postgres sees. A change of the stream whose transaction it sees is in the rows that were copied in it, and must not
 * be applied to them again. Pure.
 */
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { SourcePosition } from '../../services/shared/projection/change-event.ts';

/** pg_current_snapshot(), in 64-bit transaction ids. */
export interface SourceSnapshot {
  /** All before it have ended. */
  readonly xmin: bigint;
  /** It and all after it had not begun. */
  readonly xmax: bigint;
  /** Those between the two that were in progress. */
  readonly inProgress: ReadonlySet<bigint>;
}

const EPOCH = 1n << 32n;

/** Whether the snapshot holds what the change's transaction did. @throws ChangeError when the change names no transaction. */
export function sees(snapshot: SourceSnapshot, source: SourcePosition): boolean {
  // Rows that Debezium's own snapshot read: that has ended before this one was taken (rebuild.ts waits for it).
  if (source.snapshot) return true;
  if (source.txId === null) throw new ChangeError('the change does not name its transaction');
  const id = widen(BigInt(source.txId), snapshot.xmax);
  return id < snapshot.xmin || (id < snapshot.xmax && !snapshot.inProgress.has(id));
}

/** The log holds 32 bits of a transaction's id: of all ids that end in them, the one nearest to `near`, as Postgres itself compares. */
function widen(id: bigint, near: bigint): bigint {
  const same = near - (near % EPOCH) + (id % EPOCH);
  if (same > near + EPOCH / 2n) return same - EPOCH;
  if (same <= near - EPOCH / 2n) return same + EPOCH;
  return same;
}
