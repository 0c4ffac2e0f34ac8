/** What a lookup finds, made ready to be sent: with its validator, and what is told of its freshness. */
import type { TracedState } from '../../shared/tracing/trace-requests.ts';
import { etagOf } from '../http/etag.ts';
import { toldOf } from '../http/freshness-header.ts';
import type { Provenance } from './provenance.ts';

export interface Found {
  /** JSON text, sent as it is */
  readonly body: string;
  /** of the body, as UTF-8 */
  readonly bytes: number;
  /** null where the projection declares none */
  readonly revision: number | null;
  /** Changes of it are in quarantine: it shows the last good state, and stays there until they are dealt with. */
  readonly degraded: boolean;
  readonly etag: string;
  /** of the change that it may be the first to show; undefined: it is a part of no trace */
  readonly trace: TracedState | undefined;
  /** members of the Freshness header that hold of the document, however it was read */
  readonly told: string;
}

export interface FoundState {
  readonly body: string;
  readonly revision: number | null;
  /** null where the source itself was asked */
  readonly provenance: Provenance | null;
  readonly degraded: boolean;
  readonly trace?: TracedState | undefined;
}

export function toFound({ body, revision, provenance, degraded, trace }: FoundState): Found {
  const told = toldOf({ revision, provenance, degraded });
  const etag = etagOf(body, revision, degraded);
  return { body, bytes: Buffer.byteLength(body), revision, degraded, etag, trace, told };
}
