/**
 * A stored document as it comes from the server, in bytes: its served JSON, and what else a reader is told of it. Gives the same as
 * `toServedJson` of the decoded document, but that keys of json values which are array indices keep the place that they were stored at.
 */
import { BSON } from 'mongodb';
import { createJsonOutput, resetOutput, writeAscii, writeValue } from './bson-json.ts';
import { DOUBLE, HEAD_BYTES, INT32, endOfName, skipValue } from './bson-layout.ts';
import type { Projection } from './projection/projection.ts';
import { toServedJson } from './stored-document.ts';
import type { StoredDocument, SyncState } from './stored-document.ts';

export interface ReadDocument {
  readonly id: string;
  readonly sync: SyncState;
  readonly revision: number | null;
  readonly json: string;
}

export function createDocumentDecoder(projection: Projection): (bytes: Uint8Array) => ReadDocument {
  const { root, embed = {}, revision: revisionField } = projection.definition;
  const names = [...Object.keys(root.fields), ...Object.keys(embed)];
  const places = new Map(names.map((name, place) => [name, place]));
  const keyPlace = places.get(root.key) ?? -1;
  const isIntegerKey = root.fields[root.key]?.name === 'integer';
  const prefixes = names.map((name) => `${JSON.stringify(name)}:`);
  const output = createJsonOutput();
  const starts = new Int32Array(names.length);
  const ends = new Int32Array(names.length);

  function overObjects(bson: Buffer): ReadDocument {
    const stored = BSON.deserialize(bson) as StoredDocument;
    const revision = revisionField === undefined ? null : stored[revisionField];
    return {
      id: stored._id,
      sync: stored._sync,
      revision: typeof revision === 'number' ? revision : null,
      json: toServedJson(projection, stored),
    };
  }

  return (bytes) => {
    const bson = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    resetOutput(output, bson.length);
    starts.fill(-1);
    let latest = -1;
    let isInOrder = true;
    const begin = (place: number): void => {
      writeAscii(output, latest < 0 ? '{' : ',');
      starts[place] = output.length;
      writeAscii(output, prefixes[place] ?? '');
      if (place < latest) isInOrder = false;
      latest = Math.max(latest, place);
    };
    let id: string | null = null;
    let sync: SyncState | null = null;
    let revision: number | null = null;
    let at = HEAD_BYTES;
    for (let type = bson[at]; type !== 0 && type !== undefined; type = bson[at]) {
      const end = endOfName(bson, at + 1);
      const name = bson.toString('latin1', at + 1, end);
      const value = end + 1;
      const next = skipValue(bson, type, value);
      if (next < 0) return overObjects(bson);
      const place = name === '_id' ? keyPlace : places.get(name);
      if (name === '_id') id = bson.toString('utf8', value + 4, next - 1);
      if (name === '_sync') sync = BSON.deserialize(bson.subarray(value, next)) as SyncState;
      else if (place !== undefined && place >= 0 && (name === '_id' || place !== keyPlace)) {
        begin(place);
        if (name === '_id' && isIntegerKey) writeAscii(output, JSON.stringify(Number(id)));
        else if (!writeValue(output, bson, type, value)) return overObjects(bson);
        ends[place] = output.length;
        if (name === revisionField) revision = numberAt(bson, type, value);
      }
      at = next;
    }
    if (id === null || sync === null || latest < 0) return overObjects(bson);
    return { id, sync, revision, json: isInOrder ? inOrder() : inDeclaredOrder() };
  };

  function inOrder(): string {
    writeAscii(output, '}');
    return output.bytes.toString('utf8', 0, output.length);
  }

  function inDeclaredOrder(): string {
    const fields = names.flatMap((_, place) => {
      const from = starts[place] ?? -1;
      return from < 0 ? [] : [output.bytes.toString('utf8', from, ends[place])];
    });
    return `{${fields.join(',')}}`;
  }
}

function numberAt(bson: Buffer, type: number, at: number): number | null {
  if (type === INT32) return bson.readInt32LE(at);
  return type === DOUBLE ? bson.readDoubleLE(at) : null;
}
