/**
 * The port between the projector and whatever delivers changes. A feed hands over the changes of one partition in order,
 * several partitions side by side, and remembers how far the handler got: a position is committed only after `handle`
 * resolved (invariant 5). Delivery is at least once; the store's offsets make it exactly once (invariant 2).
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

export interface ChangeBatch {
  readonly partition: number;
  /** At least one, in the order of their offsets. */
  readonly changes: readonly RawChange[];
  /** Aborted when the partition was taken away: what is saved from then on is saved in vain, though never wrongly. */
  readonly signal: AbortSignal;
}

export type HandleBatch = (batch: ChangeBatch) => Promise<void>;

export interface ChangeFeed {
  /** Starts delivery; resolves when the feed has joined. */
  start(handle: HandleBatch): Promise<void>;
  /** Lets the batches under way finish, commits them, and leaves. */
  stop(): Promise<void>;
  /** Partitions that this process works on now; null before it joined. */
  assigned(): readonly number[] | null;
  /** Why a partition stands still until somebody helps, with the command that heals it; null when none does. */
  stalled(): string | null;
}
