/** What the console's server answers, as far as the page needs it. Types alone; times are ISO 8601. */
import type { AuditLine as Line } from '../../../shared/audit-line.ts';
export type { HistoryReport } from '../../live/history.ts';
export type { RetryOutcome } from '../../../shared/dead-letters/retry-outcome.ts';
export type { Job, JobProgress } from '../../../shared/job.ts';

export type AuditLine = Line<string>;

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
