const HALF = 0x1_0000_0000;

/** A WAL position in bytes, as Postgres prints a pg_lsn. Not by bit operators: a position has more than 32 bits. */
export function formatLsn(bytes: number): string {
  return `${Math.floor(bytes / HALF).toString(16)}/${(bytes % HALF).toString(16)}`.toUpperCase();
}
