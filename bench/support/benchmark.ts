import type { System } from '../../cli/local/system.ts';
import type { Outcome } from './outcome.ts';

export interface BenchmarkOptions {
  /** The largest sizes too, which take many minutes. */
  readonly full: boolean;
  /** Of the system: what `readside --data` takes. */
  readonly dataDir: string;
}

/** Runs on a fresh system that is otherwise idle; `tell` shows progress to a person. */
export type Benchmark = (
  system: System,
  signal: AbortSignal,
  tell: (line: string) => void,
  options: BenchmarkOptions,
) => Promise<Outcome>;

export interface Entry {
  readonly run: Benchmark;
  /** What it measures, in half a line. */
  readonly about: string;
  /** About how long it takes on two cores, without the start of the servers. */
  readonly minutes: number;
  /** Needs MongoDB's sink among Connect's plugins. */
  readonly sink?: boolean;
  /** One of examples/, with the read models that it starts with. Default: the clone's own, with its profile. */
  readonly example?: string;
  /** Of the changes' topic, where the local default will not do. */
  readonly partitions?: number;
}
