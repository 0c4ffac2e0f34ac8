/** When one change passed which stage, by the clocks of those who passed it on. Pure. */
export interface TracedChange {
  /** `partition:offset` */
  readonly change: string;
  readonly table: string;
  readonly op: string;
  /** Of Postgres, microseconds since 1970. */
  readonly committedAt: number;
  /** Milliseconds since 1970; null where a stage was not reached in time, or is not looked at. */
  readonly captured: number | null;
  readonly inKafka: number;
  readonly applied: number | null;
  readonly readable: number | null;
}

export interface Envelope {
  readonly op?: unknown;
  readonly ts_us?: unknown;
  readonly ts_ms?: unknown;
  readonly source?: { readonly table?: unknown; readonly ts_us?: unknown; readonly ts_ms?: unknown };
}

/** null: the bytes are no change. */
export function readEnvelope(
  value: Buffer | null,
): Pick<TracedChange, 'table' | 'op' | 'committedAt' | 'captured'> | null {
  let envelope: Envelope | null;
  try {
    envelope = JSON.parse(value?.toString('utf8') ?? 'null') as Envelope | null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const { source, op } = envelope ?? {};
  const committedAt = Number(source?.ts_us ?? Number(source?.ts_ms) * 1000);
  if (typeof source?.table !== 'string' || typeof op !== 'string' || Number.isNaN(committedAt)) return null;
  const captured = Number(envelope?.ts_us ?? Number(envelope?.ts_ms) * 1000) / 1000;
  return { table: source.table, op, committedAt, captured: Number.isNaN(captured) ? null : captured };
}

/** Milliseconds from the commit to each stage. */
export function sinceCommit({ committedAt, captured, inKafka, applied, readable }: TracedChange) {
  const since = (at: number | null): number | null =>
    at === null ? null : Math.round(10 * (at - committedAt / 1000)) / 10;
  return {
    captured: since(captured),
    inKafka: since(inKafka),
    applied: since(applied),
    readable: since(readable),
  };
}

export function describeTraced(traced: TracedChange, looksAtReads: boolean): string {
  const { captured, inKafka, applied, readable } = sinceCommit(traced);
  const told = (ms: number | null): string => (ms === null ? 'not in time' : `+${ms} ms`);
  const stages = [
    `captured ${told(captured)}`,
    `in Kafka ${told(inKafka)}`,
    `applied ${told(applied)}`,
    ...(looksAtReads ? [`readable ${told(readable)}`] : []),
  ];
  const { change, table, op, committedAt } = traced;
  return `${change}  ${op} ${table}  committed ${new Date(committedAt / 1000).toISOString()}  ${stages.join(', ')}`;
}
