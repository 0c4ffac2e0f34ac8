/**
 * A row of the fault suite (design §7): what is broken, for how long at most the documents may lag afterwards, and where it is
 * done. The runner does the rest, the same for all rows: writers and readers before, inside and after the fault, then the oracle.
 */
import type { Pipeline } from '../pipeline.ts';

/** A pipeline that may be broken, with the addresses of its two APIs. */
export interface Place {
  readonly pipeline: Pipeline;
  readonly writeApiUrl: string;
  readonly readApiUrl: string;
  /** Ends what was started for the row, and leaves the run's own system healthy. */
  close(): Promise<void>;
}

export interface FaultDefinition<P extends Place> {
  readonly number: number;
  /** As the table in docs/faults.md names it. */
  readonly name: string;
  /** What is done, for docs/faults.md. */
  readonly how: string;
  /** Counted from the end of the fault: until 32 users that were written after it are all served. */
  readonly boundMs: number;
  /** In `npm test` too. */
  readonly short?: boolean;
  /** The writers begin only after the fault. */
  readonly idle?: boolean;
  /** No document can arrive before the fault: the writers are not waited for. */
  readonly silent?: boolean;
  /** Between two commands of a writer; by default each writes as fast as it can. */
  readonly pauseMs?: number;
  /** How long the whole row may take; by default 5 minutes. */
  readonly timeoutMs?: number;
  readonly open: () => Promise<P>;
  /** Runs while writers write and readers read; resolves at the moment when nothing is broken from outside any more. */
  readonly inject: (place: P) => Promise<void>;
}

export interface FaultRow extends Omit<FaultDefinition<Place>, 'open' | 'inject'> {
  readonly start: () => Promise<{ readonly place: Place; readonly inject: () => Promise<void> }>;
}

/** A row that cannot run yet, or not here, and why. */
export interface MissingRow {
  readonly number: number;
  readonly name: string;
  readonly reason: string;
}

export function faultRow<P extends Place>(definition: FaultDefinition<P>): FaultRow {
  const { open, inject, ...rest } = definition;
  return {
    ...rest,
    start: async () => {
      const place = await open();
      return { place, inject: () => inject(place) };
    },
  };
}
