/**
 * JSON text straight from BSON bytes, without the objects between: a read of a document makes one text of it and no more. Only what JSON has
 * too is written; at anything else it gives up, and the caller takes the way over objects (`exact-bson.ts`). Pure.
 */
import { ARRAY, BOOLEAN, DOUBLE, INT32, NULL, OBJECT, STRING, endOfName, skipValue } from './bson-layout.ts';

/** Grows, and is written over by the next text. */
export interface JsonOutput {
  bytes: Buffer;
  length: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
/** What a control character takes as JSON, and so the most that any byte does. */
const LONGEST_ESCAPE = 6;
/** Above it no output is kept for the next text. */
const KEPT_BYTES = 1 << 20;

export function createJsonOutput(): JsonOutput {
  return { bytes: Buffer.allocUnsafe(64 * 1024), length: 0 };
}

/** Makes it empty, with room for whatever a document of so many bytes can become. */
export function resetOutput(output: JsonOutput, bsonBytes: number): void {
  output.length = 0;
  // A number takes at least four bytes and a key, and up to 24 characters.
  const needed = bsonBytes * LONGEST_ESCAPE + 64;
  if (output.bytes.length < needed || output.bytes.length > Math.max(KEPT_BYTES, needed))
    output.bytes = Buffer.allocUnsafe(Math.max(needed, 64 * 1024));
}

/** Writes the value of this type at `at`. False: there is something in it that JSON does not have. */
export function writeValue(output: JsonOutput, bson: Buffer, type: number, at: number): boolean {
  switch (type) {
    case STRING:
      writeText(output, bson, at + 4, at + 3 + bson.readInt32LE(at));
      return true;
    case OBJECT:
    case ARRAY:
      return writeElements(output, bson, at, type === ARRAY);
    case DOUBLE: {
      const value = bson.readDoubleLE(at);
      writeAscii(output, Number.isFinite(value) ? String(Object.is(value, -0) ? 0 : value) : 'null');
      return true;
    }
    case INT32:
      writeAscii(output, String(bson.readInt32LE(at)));
      return true;
    case BOOLEAN:
      writeAscii(output, bson[at] === 0 ? 'false' : 'true');
      return true;
    case NULL:
      writeAscii(output, 'null');
      return true;
    default:
      return false;
  }
}

function writeElements(output: JsonOutput, bson: Buffer, start: number, isArray: boolean): boolean {
  output.bytes[output.length++] = isArray ? 0x5b : 0x7b;
  const first = output.length;
  let at = start + 4;
  for (let type = bson[at]; type !== 0 && type !== undefined; type = bson[at]) {
    const key = at + 1;
    const end = endOfName(bson, key);
    if (output.length > first) output.bytes[output.length++] = COMMA;
    if (!isArray) {
      writeText(output, bson, key, end);
      output.bytes[output.length++] = COLON;
    }
    if (!writeValue(output, bson, type, end + 1)) return false;
    at = skipValue(bson, type, end + 1);
  }
  output.bytes[output.length++] = isArray ? 0x5d : 0x7d;
  return true;
}

/** UTF-8 is copied as it is; what JSON escapes is all below U+0080. */
function writeText(output: JsonOutput, bson: Buffer, from: number, end: number): void {
  const { bytes } = output;
  let length = output.length;
  bytes[length++] = QUOTE;
  for (let at = from; at < end; at++) {
    const byte = bson[at] ?? 0;
    if (byte >= 0x20 && byte !== QUOTE && byte !== BACKSLASH) bytes[length++] = byte;
    else {
      const escaped = JSON.stringify(String.fromCharCode(byte));
      for (let i = 1; i < escaped.length - 1; i++) bytes[length++] = escaped.charCodeAt(i);
    }
  }
  bytes[length++] = QUOTE;
  output.length = length;
}

export function writeAscii(output: JsonOutput, text: string): void {
  for (let i = 0; i < text.length; i++) output.bytes[output.length++] = text.charCodeAt(i);
}
