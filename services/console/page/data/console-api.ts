/** What the console's server takes and answers, as far as the page needs it. Types alone; times are ISO 8601. */
import type { Act } from '../../../shared/acts.ts';

export type JobState = 'running' | 'done' | 'failed' | 'interrupted';

/** One run of the `readside` command. */
export type Job = Act & {
  readonly id: string;
  /** The subject of the token that asked for it. */
  readonly by: string;
  readonly state: JobState;
  readonly begun: string;
  readonly ended: string | null;
  readonly exitCode: number | null;
  readonly progress: Progress | null;
  /** The verb's JSON. */
  readonly result: unknown;
  /** Its last line on standard error, where it failed. */
  readonly message: string | null;
};

export interface Progress {
  readonly stage: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
}

type Line = ReadonlyArray<number | null>;

/** The last minutes, a value for each of `at`. */
export interface PastLooks {
  readonly at: readonly string[];
  readonly projections: Readonly<
    Record<
      string,
      {
        readonly p50Ms: Line;
        readonly p99Ms: Line;
        readonly appliedPerSecond: Line;
        readonly lagSeconds: Line;
        readonly lagEvents: Line;
      }
    >
  >;
  readonly streams: Readonly<
    Record<string, { readonly writtenPerSecond: Line; readonly retainedBytes: Line }>
  >;
}

export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface HeldDocument {
  readonly id: string;
  readonly phase: string;
  readonly since: string;
  readonly first: Place;
  readonly changes: number;
  readonly error: string;
}

export interface UnkeyedChange extends Place {
  readonly since: string;
  readonly error: string;
}

export interface DeadLetters {
  readonly documents: readonly HeldDocument[];
  readonly unkeyed: readonly UnkeyedChange[];
}

export interface DeadLetter extends Place {
  readonly timestamp: number | string;
  readonly error: string;
  readonly key?: string | null;
  readonly value?: string | null;
  /** Where the bytes are no text. */
  readonly valueBase64?: string;
}

export interface HeldChanges extends Omit<HeldDocument, 'phase'> {
  readonly letters: readonly DeadLetter[];
}

/** What a retry did, or would do, to one document. */
export interface RetryOutcome {
  readonly id: string;
  readonly state: 'healed' | 'failing' | 'not-quarantined';
  readonly applied: number;
  readonly remaining: number;
  readonly error: string | null;
  readonly differences: readonly ValueChange[];
}

/** JSON; null: there is nothing. */
export interface ValueChange {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

export interface AuditLine {
  readonly at: string;
  readonly act: string;
  readonly of: readonly string[];
  readonly by?: string;
  /** null: it was begun, and its end is not known. */
  readonly outcome: Readonly<Record<string, number>> | null;
}
