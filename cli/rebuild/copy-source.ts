/**
 * Every document as the source view gives it in one snapshot of Postgres, put into the shadow as the projector would have stored it.
 * The values are decoded as `evolve` decodes them: the view prints each type as its decoder leaves it (field-types.ts).
 */
import type { ClientBase } from 'pg';
import type { Collection } from 'mongodb';
import type { SourcePosition } from '../../services/shared/projection/change-event.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { contentOf, toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { sourceMoment, sourcePage } from '../../services/shared/verify/source-documents.ts';
import { partitionOf } from '../../services/shared/partition-of.ts';
import { RebuildError } from './rebuild-error.ts';
import type { SourceSnapshot } from './source-snapshot.ts';

/** A snapshot that is held open by the client's transaction. */
export interface OpenSnapshot extends SourceSnapshot {
  /** Every transaction that the snapshot sees has committed before this WAL position, in bytes. */
  readonly lsn: number;
  /** Microseconds since 1970. */
  readonly takenAt: number;
  readonly documents: number;
}

interface SnapshotRow {
  readonly xmin: string;
  readonly xmax: string;
  readonly in_progress: readonly string[];
  readonly documents: string;
}

/** Begins a transaction that sees one state of the tables for as long as it is open. */
export async function openSnapshot(client: ClientBase, { sourceView }: Projection): Promise<OpenSnapshot> {
  await client.query('begin isolation level repeatable read read only');
  const { rows } = await client.query<SnapshotRow>(
    `select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax,
            array(select x::text from pg_snapshot_xip(s) x) as in_progress,
            (select count(*) from ${sourceView.name})::text as documents
       from pg_current_snapshot() s`,
  );
  // Asked after the snapshot was taken, so that no transaction it sees can have committed behind it.
  const { lsn, micros } = await sourceMoment(client);
  const [row] = rows;
  if (!row) throw new RebuildError('Postgres gave no snapshot');
  return {
    xmin: BigInt(row.xmin),
    xmax: BigInt(row.xmax),
    inProgress: new Set(row.in_progress.map(BigInt)),
    lsn,
    takenAt: micros,
    documents: Number(row.documents),
  };
}

export interface CopyOptions {
  /** In the snapshot's transaction. */
  readonly client: ClientBase;
  readonly snapshot: OpenSnapshot;
  readonly projection: Projection;
  readonly shadow: Collection<StoredDocument>;
  /** Partition → offset from which the stream will be followed. */
  readonly from: ReadonlyMap<number, number>;
  readonly signal: AbortSignal;
  /** Documents copied so far. */
  readonly onProgress: (copied: number) => void;
}

const BATCH = 1000;

export async function copySource(options: CopyOptions): Promise<number> {
  const { client, snapshot, projection, shadow, from, signal, onProgress } = options;
  const source: SourcePosition = {
    lsn: snapshot.lsn,
    txId: null,
    committedAt: snapshot.takenAt,
    snapshot: true,
  };
  let copied = 0;
  let last: string | undefined;
  for (;;) {
    signal.throwIfAborted();
    const page = await sourcePage(client, projection, BATCH, last);
    last = [...page.keys()].at(-1);
    if (last === undefined) return copied;
    const copiedAt = new Date();
    const documents = [...page].map(([id, document]) => {
      const partition = partitionOf(id, from.size);
      const at = { [partition]: (from.get(partition) ?? 0) - 1 };
      const state = { phase: 'live', content: contentOf(projection, document) } as const;
      return toStored(projection, id, state, at, source, copiedAt);
    });
    await shadow.insertMany(documents, { ordered: false });
    copied += page.size;
    onProgress(copied);
  }
}
