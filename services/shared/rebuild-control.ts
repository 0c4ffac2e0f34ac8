/**
 * The record by which a rebuild is the only one of its projection, and by which it holds the projectors for the moment of the swap. It is a
 * lease by MongoDB's own clock: when the rebuild is killed it ends by itself, and the projectors go on.
 */
export interface RebuildControl {
  /** `<projection>:control` */
  readonly _id: string;
  /** Id of the rebuild that holds the lease. */
  readonly rebuild: string;
  /** Whether the projectors are to let go of their partitions. */
  readonly hold: boolean;
  readonly until: Date;
  /** How far the rebuild has come; left out by a rollback and a replay, which hold the lease too. */
  readonly progress?: RebuildProgress;
}

export type RebuildStage = 'stream' | 'copy' | 'index' | 'follow' | 'verify' | 'keep' | 'swap';

export interface RebuildProgress {
  readonly stage: RebuildStage;
  readonly done: number;
  /** null: not known, or nothing is counted. */
  readonly total: number | null;
}

export const LEASE_MS = 15_000;

export function controlId(projection: string): string {
  return `${projection}:control`;
}
