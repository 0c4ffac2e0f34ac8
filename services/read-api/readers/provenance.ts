import { formatLsn } from '../../shared/lsn.ts';
import { partitionsOf } from '../../shared/stored-document.ts';
import type { SyncState } from '../../shared/stored-document.ts';

/** How far into the stream of changes a document is. */
export interface Provenance {
  /** `<partition>:<offset>` of the last change applied; several are separated by commas */
  readonly position: string;
  /** WAL position of that change, as Postgres writes it: 0/16B3748 */
  readonly lsn: string | null;
  /** commit time of that change, ISO 8601 */
  readonly changedAt: string;
  /** null: it is not known any more */
  readonly appliedAt: Date | null;
}

export function provenanceOf({ at, lsn, changedAt, appliedAt }: SyncState): Provenance {
  const position = partitionsOf(at)
    .map((partition) => `${partition}:${at[partition]}`)
    .join(',');
  return { position, lsn: lsn === null ? null : formatLsn(lsn), changedAt, appliedAt };
}
