/** One committed row change, decoded: what a projection folds over. Carries no transport type. */

/** c created · u updated · d deleted · r read by a snapshot. */
export type Op = 'c' | 'u' | 'd' | 'r';

/** A row as Debezium sent it: columns by their SQL names, values not yet decoded. */
export type RawRow = Readonly<Record<string, unknown>>;

export interface ChangeEvent {
  /** The table's name without its schema. */
  readonly table: string;
  readonly op: Op;
  /** null for c and r. */
  readonly before: RawRow | null;
  /** null for d. */
  readonly after: RawRow | null;
  /** The message key: the partition key of the stream, as text. */
  readonly key: string;
  readonly source: SourcePosition;
}

/** Where the change stands in Postgres. LSNs interleave between transactions: never order by them (design §4). */
export interface SourcePosition {
  /** WAL position of the row change, in bytes; null where the connector did not say. */
  readonly lsn: number | null;
  readonly txId: number | null;
  /** Commit time, in microseconds since 1970. */
  readonly committedAt: number;
  /** True for a row read by a snapshot. */
  readonly snapshot: boolean;
  /** Where the transaction is a part of a trace, and its row says of which. */
  readonly trace?: TracedOrigin;
}

/** What a trace tells of a change before the projector has it. */
export interface TracedOrigin {
  /** of the transaction's span */
  readonly traceparent: string;
  /** when the connector had made the change event, in microseconds since 1970 */
  readonly capturedAt: number;
  /** when it was handed to Kafka, in milliseconds since 1970 */
  readonly publishedAt: number;
}

/** Where a change stands in its stream. */
export interface ChangePlace {
  readonly partition: number;
  readonly offset: number;
}

/** A change that cannot be decoded or does not fit the projection. The pipeline decides what becomes of it. */
export class ChangeError extends Error {
  override readonly name: string = 'ChangeError';
}

/**
 * A column that the projection needs is absent or of another type. Where the source has changed so, the next rows will be the same,
 * and the projection must stop before documents are made of them; where it has not, it is the matter of this change alone.
 */
export class SchemaError extends ChangeError {
  override readonly name = 'SchemaError';
}
