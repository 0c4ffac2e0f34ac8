/** Bytes of a Debezium envelope (JSON without schema) → change event. Pure. */
import { ChangeError } from '../shared/projection/change-event.ts';
import type {
  ChangeEvent,
  Op,
  RawRow,
  SourcePosition,
  TracedOrigin,
} from '../shared/projection/change-event.ts';
import { isTraceparent } from '../shared/tracing/trace-parent.ts';
import type { RawChange } from './change-feed.ts';
import type { PositionedChange } from './group-by-document.ts';

const OPS: ReadonlySet<unknown> = new Set<Op>(['c', 'u', 'd', 'r']);

/** Else it is "true", or says which row of the snapshot it is. */
const NOT_A_SNAPSHOT: ReadonlySet<unknown> = new Set([undefined, null, false, 'false']);

/** A record as it was delivered, and what it says: an error where it says nothing that can be followed. */
export interface DecodedChange {
  readonly raw: RawChange;
  readonly change: ChangeEvent | ChangeError;
}

/** Each is decoded when it is looked at, and each time anew: kept, the rows of a large batch would cost more memory than all else. */
export function decodeAll(raws: readonly RawChange[]): readonly DecodedChange[] {
  return raws.map((raw) => new DeliveredChange(raw));
}

class DeliveredChange implements DecodedChange {
  readonly raw: RawChange;

  constructor(raw: RawChange) {
    this.raw = raw;
  }

  get change(): ChangeEvent | ChangeError {
    try {
      return decode(this.raw);
    } catch (error) {
      if (error instanceof ChangeError) return error;
      throw error;
    }
  }
}

/** As the fold takes it. */
export function toPositioned(each: DecodedChange): PositionedChange {
  const { raw, change } = each;
  if (!(change instanceof ChangeError)) return { offset: raw.offset, change };
  const key = keyOf(raw);
  return { offset: raw.offset, change, ...(key === null ? {} : { key }) };
}

/** @throws ChangeError when the bytes are no envelope, or of an operation that no document can follow (TRUNCATE). */
export function decode(raw: RawChange): ChangeEvent {
  if (raw.value === null) throw new ChangeError('the change has no value');
  const envelope = parseObject(raw.value);
  const { op } = envelope;
  if (!OPS.has(op)) throw new ChangeError(`the operation ${nameOf(op)} cannot be projected`);
  const key = keyOf(raw);
  if (key === null) throw new ChangeError('the change has no key');
  const source = asObject(envelope['source'], 'source') ?? {};
  const table = source['table'];
  if (typeof table !== 'string') throw new ChangeError('the change does not name its table');
  const after = asObject(envelope['after'], 'after');
  const at = position(source);
  const trace = after?.[TRACE_COLUMN];
  return {
    table,
    op: op as Op,
    before: asObject(envelope['before'], 'before'),
    after,
    key,
    source: at.snapshot || !isTraceparent(trace) ? at : { ...at, trace: tracedOrigin(trace, envelope, raw) },
  };
}

/** The table that an envelope names, whatever else is wrong with it; null: it names none. */
export function tableIn({ value }: RawChange): string | null {
  try {
    const table = value === null ? null : asObject(parseObject(value)['source'], 'source')?.['table'];
    return typeof table === 'string' ? table : null;
  } catch (error) {
    if (error instanceof ChangeError) return null;
    throw error;
  }
}

/** Of any table: which trace the transaction belongs to that wrote the row. */
const TRACE_COLUMN = 'traceparent';

function tracedOrigin(traceparent: string, envelope: RawRow, { timestamp }: RawChange): TracedOrigin {
  const captured = envelope['ts_us'];
  const capturedAt = typeof captured === 'number' ? captured : timestamp * 1000;
  return { traceparent, capturedAt, publishedAt: timestamp };
}

/** Longer ones are no ids of anything; nobody could name such a document. */
const MAX_KEY_BYTES = 1024;

/** The record's key as text; null when it cannot name a document. */
export function keyOf({ key }: RawChange): string | null {
  if (key === null || key.length === 0 || key.length > MAX_KEY_BYTES) return null;
  const text = key.toString('utf8');
  // What is no UTF-8 becomes U+FFFD, and two keys would be one.
  return text.includes('\ufffd') && !Buffer.from(text).equals(key) ? null : text;
}

/** A damaged record may hold anything there, a row's values too: only what is short is repeated. */
function nameOf(op: unknown): string {
  const text = JSON.stringify(op) ?? 'undefined';
  return text.length <= 9 ? text : `of type ${typeof op}`;
}

function parseObject(bytes: Buffer): RawRow {
  let value: unknown;
  try {
    // Rows hold nothing that a double would harm: jsonb and numeric arrive as text, and wider integers are not projected.
    value = JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new ChangeError('the change is not JSON', { cause: error });
  }
  const envelope = asObject(value, 'envelope');
  if (envelope === null) throw new ChangeError('the change is null');
  return envelope;
}

function asObject(value: unknown, what: string): RawRow | null {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'object' || Array.isArray(value)) throw new ChangeError(`${what} is not an object`);
  return value as RawRow;
}

function position(source: RawRow): SourcePosition {
  const micros = source['ts_us'] ?? Number(source['ts_ms']) * 1000;
  // Safe microseconds reach the year 2255; a Date, which this becomes, would throw on far larger ones.
  if (typeof micros !== 'number' || !Number.isSafeInteger(micros))
    throw new ChangeError('the change has no commit time');
  return {
    lsn: typeof source['lsn'] === 'number' ? source['lsn'] : null,
    txId: typeof source['txId'] === 'number' ? source['txId'] : null,
    committedAt: micros,
    snapshot: !NOT_A_SNAPSHOT.has(source['snapshot']),
  };
}
