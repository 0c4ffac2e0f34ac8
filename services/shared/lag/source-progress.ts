/** How far the connector has carried Postgres' changes, asked of Postgres itself (invariant 8). */
import type { Pool } from 'pg';

export interface SourceProgress {
  /** Postgres' clock at the time of the question. */
  readonly now: Date;
  /** pg_current_wal_lsn, in bytes. */
  readonly currentLsn: number;
  readonly slot: SlotProgress | null;
  /** Every commit before this time is in Kafka: the newest heartbeat that the slot has confirmed. null: none known. */
  readonly provenAt: Date | null;
}

export interface SlotProgress {
  readonly active: boolean;
  /** reserved · extended · unreserved · lost */
  readonly walStatus: string;
  readonly confirmedLsn: number;
  /** WAL that Postgres keeps for the slot, in bytes. */
  readonly retainedBytes: number;
  /** WAL that can still be written before Postgres may drop what the slot needs, in bytes; null: without limit. */
  readonly safeBytes: number | null;
}

const QUERY = `
  select clock_timestamp() as now,
         (pg_current_wal_lsn() - '0/0')::float8 as current_lsn,
         s.active, s.wal_status,
         (s.confirmed_flush_lsn - '0/0')::float8 as confirmed_lsn,
         (pg_current_wal_lsn() - s.restart_lsn)::float8 as retained_bytes,
         s.safe_wal_size::float8 as safe_bytes,
         (select max(h.at) from readside.heartbeat h where h.lsn <= s.confirmed_flush_lsn) as proven_at
    from (select 1) one
    left join pg_replication_slots s on s.slot_name = $1`;

interface ProgressRow {
  readonly now: Date;
  readonly current_lsn: number;
  readonly active: boolean | null;
  readonly wal_status: string | null;
  readonly confirmed_lsn: number | null;
  readonly retained_bytes: number | null;
  readonly safe_bytes: number | null;
  readonly proven_at: Date | null;
}

export async function sourceProgress(pool: Pool, slot: string): Promise<SourceProgress> {
  const { rows } = await pool.query<ProgressRow>(QUERY, [slot]);
  const row = rows[0];
  if (!row) throw new Error('Postgres gave no row for its own position');
  return {
    now: row.now,
    currentLsn: row.current_lsn,
    slot:
      row.active === null
        ? null
        : {
            active: row.active,
            walStatus: row.wal_status ?? 'lost',
            confirmedLsn: row.confirmed_lsn ?? 0,
            retainedBytes: row.retained_bytes ?? 0,
            safeBytes: row.safe_bytes,
          },
    provenAt: row.proven_at,
  };
}
