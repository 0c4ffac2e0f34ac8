/** A line of the audit trail: what was done by hand, by whom, and what came of it. Types alone: pages for the browser read them too. */
import type { ConnectorAct, ProjectionAct } from './acts.ts';

/** `Time`: a date, or as JSON has it. */
export interface AuditLine<Time = Date> {
  readonly at: Time;
  readonly act: 'retry' | 'discard' | 'repair' | 'replay' | WholeAct;
  /** Ids of documents, a change's `partition:offset`, tallies whose counts were wrong, or the places that a replay begins at; empty: all of it. */
  readonly of: readonly string[];
  /** As the system knows whoever ran it; left out where it does not. */
  readonly by?: string;
  /** null: it was begun, and its end is not known. */
  readonly outcome: AuditOutcome | WholeOutcome | null;
}

/** Acts on the whole of a read model or of its stream. */
export type WholeAct = 'rebuild' | ProjectionAct | ConnectorAct | 'connector-delete';

export interface WholeOutcome {
  /** What was done, or why not, in words. */
  readonly told: string;
}

export interface AuditOutcome {
  readonly healed: number;
  readonly failing: number;
  readonly applied: number;
  readonly discarded: number;
  /** Offsets that a replay has delivered again. */
  readonly again?: number;
}
