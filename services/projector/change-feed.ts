/**
 * The port between the projector and whatever delivers changes. A feed opens a session for each partition that it is given, and
 * hands over its changes in order, several partitions side by side. Fetching goes on when `take` has resolved; a position is
 * committed only when the worker says so (invariant 5). Delivery is at least once; the store's offsets make it exactly once (2).
 */

/** One record as it was delivered, not yet decoded. */
export interface RawChange {
  /** Position in the partition; grows, with gaps. */
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** When Kafka took it, in ms since 1970. */
  readonly timestamp: number;
}

/** A partition for as long as it is ours without a break. */
export interface PartitionSession {
  readonly partition: number;
  /** Aborted when the partition was taken away: what is saved from then on is saved in vain, though never wrongly. */
  readonly signal: AbortSignal;
  /** All before the offset `next` is in the documents. Told to Kafka soon; redelivery after a failure changes nothing. */
  commit(next: number): void;
  /** The worker cannot go on by itself. A StallError: only somebody's help lets the partition go on. */
  fail(error: unknown): void;
}

export interface Delivery {
  /** In the order of their offsets; none where only transaction markers were passed. */
  readonly changes: readonly RawChange[];
  /** The offset after the last of them, markers included. */
  readonly next: number;
  /** Whether the partition holds more already: the delivery was cut by its size. */
  readonly moreWaits: boolean;
}

export interface PartitionWorker {
  /** Resolves when more may be fetched. What is not applied by then the session hears of: its commit, or its failure. */
  take(delivery: Delivery): Promise<void>;
  /** Resolves when nothing that was taken is being applied; never rejects. */
  settled(): Promise<void>;
}

export type OpenPartition = (session: PartitionSession) => PartitionWorker;

export interface ChangeFeed {
  /** Starts delivery; resolves when the feed has joined. */
  start(open: OpenPartition): Promise<void>;
  /** Lets what is under way finish, commits it, and leaves. */
  stop(): Promise<void>;
  /** Partitions that this process works on now; null while it is not in the group. */
  assigned(): readonly number[] | null;
  /** Why a partition stands still until somebody helps, with the command that heals it; null when none does. */
  stalled(): string | null;
}

/** A partition cannot go on without doing harm, and trying again does not help. The message says why, and what heals it. */
export class StallError extends Error {
  override readonly name = 'StallError';
}
