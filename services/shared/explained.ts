/** What `readside explain` tells of a document's values and changes. Types alone: the console's page reads them too. */

/** The change that a value came with. */
export interface Origin {
  readonly op: string;
  /** ISO 8601 with microseconds. */
  readonly committedAt: string;
  /** As Postgres prints it; null where the connector did not say. */
  readonly lsn: string | null;
  readonly transaction: number | null;
  /** `partition:offset` in the topic. */
  readonly change: string;
  /** The topic has no earlier change of the row than this one, which did not create it: the value may be older. */
  readonly orEarlier: boolean;
}

export interface ExplainedField {
  readonly path: string;
  readonly table: string;
  readonly row: string | null;
  /** null: no change in the topic gave it this value. */
  readonly origin: Origin | null;
}

/** A change of the document's that the topic has. Of one that says nothing that can be followed, only where it stands. */
export interface SeenChange {
  readonly change: string;
  readonly op: string | null;
  readonly table: string | null;
  readonly committedAt: string | null;
  readonly lsn: string | null;
  readonly transaction: number | null;
}
