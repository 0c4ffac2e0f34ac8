/** Where the elements of a BSON document stand in its bytes (the BSON specification, version 1.1), for those who read it without decoding it. Pure. */

export const DOUBLE = 0x01;
export const STRING = 0x02;
export const OBJECT = 0x03;
export const ARRAY = 0x04;
const BINARY = 0x05;
export const BOOLEAN = 0x08;
const DATE = 0x09;
export const NULL = 0x0a;
export const INT32 = 0x10;
const INT64 = 0x12;
const DECIMAL128 = 0x13;

/** A document's length stands before its elements. */
export const HEAD_BYTES = 4;

/** Position of the byte that ends the name at `from`. */
export function endOfName(bson: Buffer, from: number): number {
  let at = from;
  while (bson[at] !== 0) at += 1;
  return at;
}

/** Position behind the value of this type at `at`. -1: a type that no document of ours holds. */
export function skipValue(bson: Buffer, type: number | undefined, at: number): number {
  switch (type) {
    case NULL:
      return at;
    case BOOLEAN:
      return at + 1;
    case INT32:
      return at + 4;
    case DOUBLE:
    case DATE:
    case INT64:
      return at + 8;
    case DECIMAL128:
      return at + 16;
    case STRING:
      return at + 4 + bson.readInt32LE(at);
    case BINARY:
      return at + 5 + bson.readInt32LE(at);
    case OBJECT:
    case ARRAY:
      return at + bson.readInt32LE(at);
    default:
      return -1;
  }
}
