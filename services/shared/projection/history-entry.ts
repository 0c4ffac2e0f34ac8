/** What is kept of a document's past, as it is stored beside its content: plain values. */
import type { ChangePlace } from './change-event.ts';

export interface FieldChange {
  /**
   * Names from the document on, joined by `/`: `email`, `addresses/<key>/city`, `preferences/<key>`. An element that came or went is
   * told whole. In a name `~1` is a slash and `~0` a tilde, as in a JSON pointer.
   */
  readonly path: string;
  /** Left out: there was nothing. */
  readonly before?: unknown;
  /** Left out: there is nothing any more. */
  readonly after?: unknown;
}

/**
 * created: nothing was before. found: it was there when the stream first told of it, or a snapshot found it otherwise than it was known.
 * rebuilt, repaired: it was made anew from the source. When that came about which these three tell is not known, only that it was so then.
 */
export type EntryKind = 'created' | 'changed' | 'found' | 'rebuilt' | 'repaired';

/** What a transaction did, or any other event that made the document another one. */
export interface EntryStamp {
  readonly kind: EntryKind;
  /** Postgres' id of the transaction, which comes again after some four billion; null where it is none. */
  readonly tx: number | null;
  /** Commit time, or else the time at which it was so; microseconds since 1970. */
  readonly at: number;
  /** Of the last change. */
  readonly lsn: number | null;
  /** Of the last change. */
  readonly position: ChangePlace | null;
  /** As the row itself says; null: it is not known. */
  readonly by: string | null;
}

export interface HistoryEntry extends EntryStamp {
  /** Undone, they give the document before. None: what was before is not known, and the history begins here. */
  readonly changes: readonly FieldChange[];
}

export interface History {
  /** From when on it is whole, in microseconds since 1970; null: from the document's creation on. */
  readonly since: number | null;
  /** How many entries fell away. */
  readonly dropped: number;
  /** In the order of the stream, oldest first. */
  readonly entries: readonly HistoryEntry[];
}

/** While a transaction is folded: what it did is worked out when it is known to be over, or the document is stored. */
export interface OpenHistory {
  readonly closed: History;
  readonly open: EntryStamp;
  /** The content before the transaction; null: it is not known. */
  readonly before: Readonly<Record<string, unknown>> | null;
}
