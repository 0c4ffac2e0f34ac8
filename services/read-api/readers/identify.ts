import type { Phase } from '../../shared/projection/document.ts';
import type { Projection } from '../../shared/projection/projection.ts';
import { createDocumentDecoder } from '../../shared/raw-document.ts';
import type { SyncState } from '../../shared/stored-document.ts';
import { toFound } from './found.ts';
import type { Found, FoundState } from './found.ts';
import { provenanceOf } from './provenance.ts';

export interface Identified {
  readonly id: string;
  readonly phase: Phase;
  readonly found: Found;
}

/** The bytes of a stored document, made ready to be sent. */
export function createIdentify(projection: Projection): (bytes: Uint8Array) => Identified {
  const decode = createDocumentDecoder(projection);
  return (bytes) => {
    const { id, json, revision, sync } = decode(bytes);
    return { id, phase: sync.phase, found: toFound({ body: json, revision, ...standOf(sync) }) };
  };
}

export function standOf(sync: SyncState): Pick<FoundState, 'provenance' | 'degraded' | 'trace'> {
  const { trace, appliedAt } = sync;
  return {
    provenance: provenanceOf(sync),
    degraded: sync.quarantine !== undefined,
    trace: trace === undefined ? undefined : { traceparent: trace, savedAt: appliedAt.getTime() },
  };
}
