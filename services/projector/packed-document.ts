/**
 * Documents between MongoDB's bytes and the fold. A field that no change touches is neither decoded nor encoded: it goes from load to
 * save as the bytes that it came in. That is most of a document, and was most of the projector's work (docs/performance.md).
 */
import { BSON } from 'mongodb';

import { fromBson } from '../shared/exact-bson.ts';
import { NEVER_RAW } from '../shared/mongo.ts';
import { HEAD_BYTES, endOfName, skipValue } from '../shared/bson-layout.ts';
import { BsonWriter, EMPTY_BYTES, calculateSize } from './bson-writer.ts';
import { Packed } from '../shared/projection/document.ts';
import type { StoredDocument, SyncState } from '../shared/stored-document.ts';

/** One element of a BSON document: type, name and value. */
class PackedField extends Packed {
  readonly bytes: Buffer;
  readonly name: string;
  readonly start: number;
  readonly end: number;

  constructor(bytes: Buffer, name: string, start: number, end: number) {
    super();
    this.bytes = bytes;
    this.name = name;
    this.start = start;
    this.end = end;
  }

  unpack(): unknown {
    const writer = new BsonWriter(this.end - this.start + EMPTY_BYTES);
    writer.document(() => writer.raw(this.bytes, this.start, this.end));
    return fromBson(decode(writer.bytes())[this.name]);
  }
}

/** Nothing but its id and what the projector itself needs of it is decoded, unless that is known. `bytes` must not be changed afterwards. */
export function unpackDocument(bytes: Buffer, known?: SyncState): StoredDocument {
  const fields: Record<string, unknown> = {};
  let id = '';
  let sync = known;
  const end = bytes.length - 1;
  for (let at = HEAD_BYTES; at < end;) {
    const nameEnd = endOfName(bytes, at + 1);
    const name = bytes.toString('utf8', at + 1, nameEnd);
    const value = nameEnd + 1;
    const next = skipValue(bytes, bytes[at], value);
    if (next < 0)
      throw new TypeError(`a document holds a value of BSON type ${bytes[at]}, which is none of ours`);
    if (name === '_id') id = bytes.toString('utf8', value + 4, next - 1);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by toStored, by nobody else
    else if (name === '_sync') sync ??= decode(bytes.subarray(value, next)) as unknown as SyncState;
    else fields[name] = new PackedField(bytes, name, at, next);
    at = next;
  }
  if (sync === undefined) throw new TypeError(`the document ${id} is not of the projector's making`);
  return { _id: id, ...fields, _sync: sync };
}

/** The document's BSON. @throws what the encoder does on values that BSON cannot hold, and on sizes far beyond MongoDB's. */
export function packDocument(document: StoredDocument): Buffer {
  const writer = new BsonWriter(FIRST_BYTES);
  writer.document(() => packFields(writer, document));
  return writer.bytes();
}

/** Writes the document's elements: those that are packed as they are. */
export function packFields(writer: BsonWriter, document: StoredDocument): void {
  let plain: Record<string, unknown> | null = null;
  let run: PackedField | null = null;
  let end = 0;
  for (const name in document) {
    const value = document[name];
    if (value instanceof PackedField) {
      if (plain !== null) writer.elements(plain);
      plain = null;
      if (run !== null && run.bytes === value.bytes && end === value.start) end = value.end;
      else {
        if (run !== null) writer.raw(run.bytes, run.start, end);
        run = value;
        end = value.end;
      }
    } else {
      if (run !== null) writer.raw(run.bytes, run.start, end);
      run = null;
      (plain ??= {})[name] = value;
    }
  }
  if (plain !== null) writer.elements(plain);
  if (run !== null) writer.raw(run.bytes, run.start, end);
}

/** Bytes of its BSON, without making it. */
export function packedSize(document: StoredDocument): number {
  const plain = Object.entries(document).filter(([, value]) => !(value instanceof PackedField));
  const packed = Object.values(document).reduce<number>(
    (sum, value) => sum + (value instanceof PackedField ? value.end - value.start : 0),
    0,
  );
  return packed + calculateSize(Object.fromEntries(plain));
}

/** A document that is changed is seldom larger. */
const FIRST_BYTES = 4096;
/** MongoDB has checked it when it took it. */
const DECODING = { validation: { utf8: false }, fieldsAsRaw: NEVER_RAW };

function decode(bytes: Buffer): Record<string, unknown> {
  return BSON.deserialize(bytes, DECODING);
}
