/** What the console tells of one document. Types alone. */
import type { ExplainedField, SeenChange } from '../../../shared/explained.ts';

export interface Difference {
  readonly path: string;
  /** JSON; null: there is nothing. */
  readonly expected: string | null;
  readonly found: string | null;
}

export interface Verdict {
  readonly state: 'equal' | 'degraded' | 'undecided' | 'wrong';
  readonly kind?: 'missing' | 'extra' | 'different';
  readonly fields?: readonly Difference[];
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface DocumentAnswer {
  readonly id: string;
  readonly phase: string | null;
  readonly position: string | null;
  readonly changedAt: string | null;
  readonly appliedAt: string | null;
  readonly projectionVersion: number | null;
  readonly fields: readonly ExplainedField[];
  readonly passedOver: ReadonlyArray<{
    readonly change: string;
    readonly table: string | null;
    readonly why: string;
  }>;
  readonly quarantine: { readonly since: string; readonly changes: number; readonly error: string } | null;
  readonly source: Verdict;
  readonly topic: { readonly name: string; readonly partition: number; readonly from: number };
  /** By table. */
  readonly rows: Readonly<Record<string, readonly JsonObject[]>>;
  /** In the order of the topic. */
  readonly changes: readonly SeenChange[];
  readonly document: JsonObject | null;
}

export interface HistoryEntry {
  readonly number: number;
  readonly kind: string;
  readonly at: string;
  readonly by: string | null;
  readonly transaction: number | null;
  readonly lsn: string | null;
  readonly position: string | null;
  readonly changes: ReadonlyArray<{ readonly path: string; readonly before?: Json; readonly after?: Json }>;
  /** As it was after this change. */
  readonly document: JsonObject | null;
}

export interface HistoryAnswer {
  /** The newest first. */
  readonly items: readonly HistoryEntry[];
  readonly since: string | null;
  readonly fromCreation: boolean;
}
