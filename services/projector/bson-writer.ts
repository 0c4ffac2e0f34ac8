/**
 * BSON documents one behind the other in one buffer that grows: what is encoded already is copied, and the rest goes through the
 * driver's encoder. An allocation for each document would cost more than its encoding.
 */
import { BSON } from 'mongodb';
import { HEAD_BYTES } from '../shared/bson-layout.ts';

/** Of a document without elements. */
export const EMPTY_BYTES = HEAD_BYTES + 1;

export class BsonWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(firstBytes: number) {
    this.#bytes = Buffer.allocUnsafe(firstBytes);
  }

  get length(): number {
    return this.#at;
  }

  /** What was written, from `start` on. It is not copied. */
  bytes(start = 0, end = this.#at): Buffer {
    return this.#bytes.subarray(start, end);
  }

  /** A document of the elements that `fill` writes. Returns where it begins. */
  document(fill: () => void): number {
    const start = this.#at;
    this.#room(EMPTY_BYTES);
    this.#at += HEAD_BYTES;
    fill();
    this.#room(1);
    this.#bytes[this.#at] = 0;
    this.#at += 1;
    this.#bytes.writeInt32LE(this.#at - start, start);
    return start;
  }

  /** An element whose value `write` writes. */
  element(type: number, name: string, write: () => void): void {
    this.#room(name.length * 3 + 2);
    this.#bytes[this.#at] = type;
    this.#at += 1 + this.#bytes.write(name, this.#at + 1);
    this.#bytes[this.#at] = 0;
    this.#at += 1;
    write();
  }

  /** An element that is a document, or an array, of the elements that `fill` writes. */
  nested(type: number, name: string, fill: () => void): void {
    this.element(type, name, () => void this.document(fill));
  }

  /** Elements, or a part of one, that are encoded already. */
  raw(from: Buffer, start = 0, end = from.length): void {
    this.#room(end - start);
    this.#at += from.copy(this.#bytes, this.#at, start, end);
  }

  /** @throws what the encoder does on values that BSON cannot hold, and RangeError on sizes far beyond MongoDB's. */
  elements(value: Readonly<Record<string, unknown>>): void {
    // The encoder makes a whole document: its head goes over the bytes before, which are put back, and its end is written over.
    const index = this.#at - HEAD_BYTES;
    const before = this.#bytes.readInt32LE(index);
    this.#at = this.#encode(value, index);
    this.#bytes.writeInt32LE(before, index);
  }

  #encode(value: Readonly<Record<string, unknown>>, index: number): number {
    this.#room(USUAL_BYTES);
    try {
      return BSON.serializeWithBufferAndIndex(value, this.#bytes, { ...ENCODING, index });
    } catch (error) {
      if (nameOf(error) !== 'RangeError') throw error;
      this.#room(ENCODER_BYTES);
      return BSON.serializeWithBufferAndIndex(value, this.#bytes, { ...ENCODING, index });
    }
  }

  #room(more: number): void {
    if (this.#at + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + more));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** Bytes of the value's BSON, its head and end apart from its elements. */
export function calculateSize(value: Readonly<Record<string, unknown>>): number {
  return BSON.calculateObjectSize(value, ENCODING);
}

/** By name, because errors of Node's own are of another realm's class under jest. */
export function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

/** As the driver does it. */
const ENCODING = { ignoreUndefined: false } as const;
const USUAL_BYTES = 4096;
/** The encoder's own buffer: it makes nothing larger. */
const ENCODER_BYTES = 17 * 1024 * 1024;
