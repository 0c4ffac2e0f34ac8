/**
 * The partitions of the present consumer, each with its worker. A session that is closed takes what its worker holds back with it:
 * whatever is delivered afterwards, and by whichever session, must begin where the partition is applied.
 */
import type { OpenPartition, PartitionWorker } from './change-feed.ts';
import type { Positions } from './positions.ts';

export interface Session {
  readonly worker: PartitionWorker;
  readonly lost: AbortSignal;
}

export interface PartitionSessions {
  /** The session of the partition, opened when there is none. */
  of(partition: number): Session;
  isOpen(partition: number, session: Session): boolean;
  /** Returns where the partition is applied, if that is known. */
  close(partition: number, reason: unknown): number | undefined;
  closeAll(reason: Error): void;
  /** Lets the workers finish what they have taken, and closes all. */
  drain(reason: Error): Promise<void>;
}

export interface PartitionSessionsOptions {
  readonly open: OpenPartition;
  readonly positions: Positions;
  /** All before `next` is in the documents. */
  readonly committed: (partition: number, next: number) => void;
  readonly failed: (partition: number, error: unknown) => void;
}

export function createPartitionSessions(options: PartitionSessionsOptions): PartitionSessions {
  const { open, positions, committed, failed } = options;
  const sessions = new Map<number, { readonly session: Session; readonly lost: AbortController }>();

  function start(partition: number): Session {
    const lost = new AbortController();
    const { signal } = lost;
    const worker = open({
      partition,
      signal,
      commit: (next) => {
        if (signal.aborted) return;
        positions.reach(partition, next);
        committed(partition, next);
      },
      fail: (error) => {
        if (!signal.aborted) failed(partition, error);
      },
    });
    const session = { worker, lost: signal };
    sessions.set(partition, { session, lost });
    return session;
  }

  function close(partition: number, reason: unknown): number | undefined {
    sessions.get(partition)?.lost.abort(reason);
    sessions.delete(partition);
    return positions.rewind(partition);
  }

  function closeAll(reason: Error): void {
    for (const partition of sessions.keys()) close(partition, reason);
  }

  return {
    of: (partition) => sessions.get(partition)?.session ?? start(partition),
    isOpen: (partition, session) => sessions.get(partition)?.session === session,
    close,
    closeAll,
    async drain(reason) {
      const workers = [...sessions.values()].map(({ session }) => session.worker);
      const settled = (): Promise<unknown> => Promise.all(workers.map((worker) => worker.settled()));
      await settled();
      closeAll(reason);
      // The end of a wait may have let one begin between the two.
      await settled();
    },
  };
}
