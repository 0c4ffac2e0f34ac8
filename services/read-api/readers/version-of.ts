import type { Projection } from '../../shared/projection/projection.ts';
import { etagOf } from '../http/etag.ts';
import type { Found } from './found.ts';
import { versionJson } from './version-json.ts';

/** Of a document that was read whole: what the version route answers of it. */
export function versionOf(projection: Projection, id: string, found: Found): Found {
  const body = versionJson(projection, id, found.revision);
  const etag = etagOf(body, found.revision, found.degraded);
  return { ...found, body, bytes: Buffer.byteLength(body), etag };
}
