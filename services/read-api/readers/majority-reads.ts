/**
 * How this process reads MongoDB: from the primary, what a majority holds, and never from before what it has read already.
 * The last one is what a new primary would break for a moment after a failover (invariant 3): it may not yet know how far
 * the old one's majority was, unless each read names the time it must not be older than.
 */
import type { ClientSession, MongoClient, Timestamp } from 'mongodb';
import { mongoUnavailable } from '../http/unavailable.ts';

/** To be handed to every operation of the read. */
export interface ReadOptions {
  readonly session: ClientSession;
  readonly signal: AbortSignal;
  readonly maxTimeMS: number;
}

/** @throws ProblemError 503 when MongoDB does not answer in time or is not there. */
export type MajorityRead = <T>(run: (options: ReadOptions) => Promise<T>) => Promise<T>;

export interface MajorityReads {
  readonly read: MajorityRead;
  /** The latest cluster time that was read at: every later read is of no earlier one. */
  readonly seen: () => Timestamp | undefined;
  /** What a majority holds at that time is known: no later read may be from before. */
  readonly advance: (time: Timestamp) => void;
}

export function createMajorityReads(client: MongoClient, timeoutMs: number): MajorityReads {
  let seen: Timestamp | undefined;
  let connecting: Promise<unknown> | null = null;

  // The driver connects by itself only once: had that failed, every later read would find its topology closed.
  async function connected(): Promise<void> {
    try {
      await (connecting ??= client.connect());
    } catch (error) {
      connecting = null;
      throw mongoUnavailable(error) ?? error;
    }
  }

  function advance(time: Timestamp): void {
    if (!seen || time.greaterThan(seen)) seen = time;
  }

  const read: MajorityRead = async (run) => {
    await connected();
    const session = client.startSession({ causalConsistency: true });
    if (seen) session.advanceOperationTime(seen);
    try {
      // maxTimeMS ends it on the server; the signal also ends looking for a server, and waiting for one that hangs.
      const result = await run({ session, signal: AbortSignal.timeout(timeoutMs), maxTimeMS: timeoutMs });
      if (session.operationTime) advance(session.operationTime);
      return result;
    } catch (error) {
      throw mongoUnavailable(error) ?? error;
    } finally {
      await session.endSession();
    }
  };
  return { read, seen: () => seen, advance };
}
