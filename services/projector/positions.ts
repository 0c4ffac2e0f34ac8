/**
 * Where the partitions of this process stand: what is fetched, what is in the documents, and what was known before. Refuses what does
 * not go on there (position-guard.ts), and notes once a second how far it came.
 */
import { StallError } from './change-feed.ts';
import { refuseHistory, refusePosition, refuseStart } from './position-guard.ts';
import type { PartitionEnds } from './position-guard.ts';
import type { Position, PositionStore } from './position-record.ts';

/** The changes that a partition delivers do not go on where the documents stand. Only a rebuild helps. */
export class PositionLostError extends StallError {}

export interface Delivered {
  /** The offset that was asked for. */
  readonly fetched: number;
  /** The last offset that was passed, markers included. */
  readonly through: number;
  readonly changes: ReadonlyArray<{ readonly offset: number; readonly timestamp: number }>;
}

export interface Positions {
  /** False: what lies between was fetched, and not applied; it must be fetched again. @throws PositionLostError */
  check(partition: number, delivered: Delivered, endsOf: () => Promise<PartitionEnds>): Promise<boolean>;
  /** Where these partitions stand, as far as it is known. */
  standings(
    partitions: readonly number[],
  ): Promise<ReadonlyArray<{ readonly partition: number; readonly next: number }>>;
  /** Why what Kafka holds leaves no way on from there; null when there is one. */
  refuse(next: number, ends: PartitionEnds): string | null;
  /** Whether the record of the partition is gone: a rebuild has made the documents anew. */
  healed(partition: number): Promise<boolean>;
  /** A change goes to the worker. */
  pass(partition: number, change: { readonly offset: number; readonly timestamp: number }): void;
  /** Up to here it was fetched. */
  fetch(partition: number, next: number): void;
  /** Up to here it is in the documents. */
  reach(partition: number, next: number): void;
  reached(partition: number): number | undefined;
  /** What was handed over and not reached is void: only what begins where it is applied goes on. Returns that place. */
  rewind(partition: number): number | undefined;
  forget(partition: number): void;
  /** Only these partitions are ours still. */
  keep(partitions: readonly number[]): void;
  /** Saves what has moved, except for these partitions. */
  note(except: ReadonlySet<number>): Promise<void>;
}

interface Standing {
  readonly known: Position | undefined;
  fetched: number | null;
  reached: number | null;
  last: Position['last'];
  /** Given to the worker and not yet reached, one a delivery. */
  passing: Array<{ readonly offset: number; readonly timestamp: number }>;
  noted: number | null;
}

export function createPositions(store: PositionStore): Positions {
  const standings = new Map<number, Standing>();

  async function standingOf(partition: number): Promise<Standing> {
    const found = standings.get(partition);
    if (found) return found;
    const known = await store.load(partition);
    const fresh = {
      known,
      fetched: null,
      reached: null,
      last: known?.last ?? null,
      passing: [],
      noted: null,
    };
    standings.set(partition, fresh);
    return fresh;
  }

  return {
    async check(partition, { fetched, through, changes }, endsOf) {
      const standing = await standingOf(partition);
      const refused =
        (await refuseFetch(standing, fetched, endsOf)) ??
        refuseHistory({ fetched, through }, changes, standing.known);
      if (refused !== null) throw new PositionLostError(refused);
      // Fetched for a worker that is no more: what it held back has not been applied.
      if (standing.reached !== null && standing.fetched === null && fetched > standing.reached) return false;
      standing.fetched = fetched;
      standing.reached ??= fetched;
      return true;
    },
    async standings(partitions) {
      const known = await Promise.all(
        partitions.map(async (partition) => ({ partition, standing: await standingOf(partition) })),
      );
      return known.flatMap(({ partition, standing: { reached, known: before } }) => {
        const next = reached ?? before?.next;
        return next === undefined ? [] : [{ partition, next }];
      });
    },
    refuse: (next, ends) => refusePosition(next, ends),
    healed: async (partition) => (await store.load(partition)) === undefined,
    // What is kept, and noted, is where it stands and not what it holds.
    pass: (partition, { offset, timestamp }) =>
      void standings.get(partition)?.passing.push({ offset, timestamp }),
    fetch(partition, next) {
      const standing = standings.get(partition);
      if (standing) standing.fetched = next;
    },
    reach(partition, next) {
      const standing = standings.get(partition);
      if (!standing) return;
      standing.reached = next;
      standing.last = standing.passing.findLast(({ offset }) => offset < next) ?? standing.last;
      standing.passing = standing.passing.filter(({ offset }) => offset >= next);
    },
    reached: (partition) => standings.get(partition)?.reached ?? undefined,
    rewind(partition) {
      const standing = standings.get(partition);
      if (!standing || standing.reached === null) return undefined;
      standing.fetched = null;
      standing.passing = [];
      return standing.reached;
    },
    forget: (partition) => void standings.delete(partition),
    keep(partitions) {
      for (const partition of standings.keys())
        if (!partitions.includes(partition)) standings.delete(partition);
    },
    async note(except) {
      const moved = [...standings].filter(
        ([partition, { reached, noted }]) => reached !== null && reached !== noted && !except.has(partition),
      );
      const positions = moved.flatMap(([partition, { reached, last }]) =>
        reached === null ? [] : [[partition, { next: reached, last }] as const],
      );
      await store.save(new Map(positions));
      for (const [partition, { next }] of positions) {
        const standing = standings.get(partition);
        if (standing) standing.noted = next;
      }
    },
  };
}

async function refuseFetch(
  { known, fetched: expected, reached }: Standing,
  fetched: number,
  endsOf: () => Promise<PartitionEnds>,
): Promise<string | null> {
  if (expected !== null) return refusePosition(expected, { low: fetched, end: Infinity });
  if (reached !== null) return fetched > reached ? refusePosition(reached, await endsOf()) : null;
  return known === undefined ? null : refuseStart(fetched, known, await endsOf());
}
