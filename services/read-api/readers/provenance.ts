import type { StoredDocument } from '../../shared/stored-document.ts';
import type { Provenance } from './reader.ts';

export function provenanceOf({ _sync }: StoredDocument): Provenance {
  return {
    position: Object.entries(_sync.at)
      .map(([partition, offset]) => `${partition}:${offset}`)
      .join(','),
    lsn: _sync.lsn === null ? null : formatLsn(_sync.lsn),
    changedAt: _sync.changedAt,
    appliedAt: _sync.appliedAt,
  };
}

const HALF = 0x1_0000_0000;

/** As Postgres prints a pg_lsn. Not by bit operators: a position has more than 32 bits. */
function formatLsn(bytes: number): string {
  return `${Math.floor(bytes / HALF).toString(16)}/${(bytes % HALF).toString(16)}`.toUpperCase();
}
