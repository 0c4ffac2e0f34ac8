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
  /** Lets the workers finish what they have taken, and closes all. When it resolves nothing is being applied any more. */
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

  /** Workers whose session is closed, and which have not ended yet what they were at. */
  const ending = new Set<Promise<void>>();

  async function end(worker: PartitionWorker): Promise<void> {
    const settled = worker.settled();
    ending.add(settled);
    await settled;
    ending.delete(settled);
  }

  function close(partition: number, reason: unknown): number | undefined {
    const closed = sessions.get(partition);
    closed?.lost.abort(reason);
    if (closed) void end(closed.session.worker);
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
      await Promise.all([...sessions.values()].map(({ session }) => session.worker.settled()));
      closeAll(reason);
      // Of those closed before, too: once this has resolved nobody writes.
      await Promise.all(ending);
    },
  };
}
