/**
 * What `readside status --json` prints, a line for each look with `--watch`, and what the console shows. Times are ISO 8601, sizes bytes,
 * rates a second since the look before. Types alone: pages for the browser read them too.
 */
import type { Cause, Stage } from './health/causes.ts';
import type { HealthState } from './health/verdict.ts';
import type { RebuildStage } from './rebuild-control.ts';

export interface StatusReport {
  readonly at: string;
  /** The worst of the read models'. */
  readonly state: HealthState;
  /** In words, as the terminal says it first. */
  readonly headline: string;
  readonly servers: readonly ServerReport[];
  readonly streams: readonly StreamReport[];
  readonly projections: readonly ProjectionReport[];
}

/** A value, or why there is none. */
export type Told<T> = T | { readonly error: string };

export interface ServerReport {
  /** postgres, connect, kafka, mongod, writeApi, readApi; projectors stand with their read models. */
  readonly name: string;
  readonly pid: number | null;
  readonly up: boolean;
  /** Why it is not up; or which of several processes behind one name does not answer, while others do. */
  readonly error?: string;
  /** Of the two APIs, where their address is known and they were asked before. */
  readonly requests?: Requests;
}

export interface Requests {
  readonly perSecond: number;
  /** Answered with 5xx. */
  readonly failedPerSecond: number;
  /** null: none since the look before. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** With the stage of the pipeline that it is to be mended at. */
export interface PlacedCause extends Cause {
  readonly stage: Stage;
}

/** A stream of changes: one connector, one slot, one topic. */
export interface StreamReport {
  readonly stream: string;
  readonly connector: ConnectorReport | null;
  readonly slot: SlotReport | null;
  /** `events`: records that it holds, markers of transactions among them. null: not known, or there is no such topic. */
  readonly topic: { readonly name: string; readonly partitions: number; readonly events: number } | null;
  /** Events that came into the topic; absent: no look before, or the topic was made anew since. */
  readonly writtenPerSecond?: number;
  /** WAL that Postgres wrote; absent likewise. */
  readonly walBytesPerSecond?: number;
  /** Age of what is proven to be in Kafka, in seconds: some seconds are the heartbeat's own grain. */
  readonly provenAgeSeconds: number | null;
}

export interface ConnectorReport {
  readonly name: string;
  /** RUNNING, PAUSED, STOPPED, FAILED, UNASSIGNED, RESTARTING; absent; starting: Connect does not know yet. */
  readonly state: string;
  readonly tasks: ReadonlyArray<{ readonly id: number; readonly state: string }>;
  /** What failed, in a line. */
  readonly failure: string | null;
}

export interface SlotReport {
  readonly active: boolean;
  readonly walStatus: string;
  readonly retainedBytes: number;
  /** null: without limit. */
  readonly safeBytes: number | null;
  /** WAL that the connector has not confirmed. */
  readonly unconfirmedBytes: number;
}

export interface ProjectionReport {
  readonly projection: string;
  readonly stream: string;
  readonly collection: string;
  readonly state: HealthState;
  readonly text: string;
  /** What stands still, first along the flow first; empty unless stalled. */
  readonly causes: readonly PlacedCause[];
  /** What flows, and must be seen all the same. */
  readonly warnings: readonly PlacedCause[];
  /** Of the definition in the code, and the one that the documents were built by; null: none were. */
  readonly version: number;
  readonly built: number | null;
  /** Members of its consumer group; null: not known. */
  readonly projectors: number | null;
  /** Of the local one. */
  readonly pid: number | null;
  /** Its projector in the local system was stopped by a command. */
  readonly stopped: boolean;
  readonly pausedAt: string | null;
  readonly lag: Told<LagReport>;
  readonly trend?: TrendReport;
  /** Of what was saved since the look before; absent where no projector tells. */
  readonly staleness?: {
    readonly saved: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
  };
  readonly documents: Told<{ readonly live: number; readonly pending: number; readonly tombstones: number }>;
  /** null: not known. */
  readonly quarantined: number | null;
  readonly verified: Told<VerifiedReport | null>;
  /** null: none is under way, or was left. */
  readonly rebuild: RebuildReport | null;
  /** The documents that a rebuild with --keep-old has replaced; null: none are kept. */
  readonly kept: { readonly until: string } | null;
}

export interface LagReport {
  readonly events: number;
  /** WAL, in bytes; null: not known. */
  readonly bytes: number | null;
  /** Age of the oldest commit that may be missing; of what is applied as fast as it comes, how long it waits as the rates are. */
  readonly seconds: number | null;
  /** Every commit before this time is proven to be in the documents. */
  readonly asOf: string | null;
  readonly partitions: ReadonlyArray<{
    readonly partition: number;
    readonly committed: number;
    readonly end: number;
    readonly lag: number;
    /** A projector works on it. */
    readonly assigned: boolean;
  }>;
}

export interface TrendReport {
  readonly writtenPerSecond: number;
  readonly appliedPerSecond: number;
  /** 0: none waits; null: as things go, never. */
  readonly clearInSeconds: number | null;
}

export interface VerifiedReport {
  readonly at: string;
  readonly scope: string;
  readonly compared: number;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  readonly degraded: number;
  readonly undecided: number;
  /** Counts that were not what the documents say; left out where none were compared. */
  readonly counts?: number;
}

export interface RebuildReport {
  /** A process holds its lease; false: it was stopped or killed, and the same command goes on. */
  readonly running: boolean;
  /** Where it is, or was when it was stopped; null: not known. */
  readonly stage: RebuildStage | null;
  readonly done: number;
  /** null: not known. */
  readonly total: number | null;
}
