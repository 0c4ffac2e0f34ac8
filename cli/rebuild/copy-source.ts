/**
 * Documents as the source view gives them in one snapshot of Postgres, put into the shadow as the projector would have stored them.
 * The values are decoded as `evolve` decodes them: the view prints each type as its decoder leaves it (field-types.ts). The rows that documents
 * copy from come first, and what is copied is taken from them, as the projector does.
 */
import type { ClientBase } from 'pg';
import type { Collection } from 'mongodb';
import { createDocumentStore, sendSaves } from '../../services/projector/document-store.ts';
import { withCopiesOf } from '../../services/projector/fill-copies.ts';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import type { FreshnessRecord } from '../../services/shared/freshness-record.ts';
import { createPace } from '../../services/shared/pace.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { UNKNOWN, stateOfRow } from '../../services/shared/projection/companion.ts';
import type { Content, DocumentState } from '../../services/shared/projection/document.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import { companionId } from '../../services/shared/projection/references.ts';
import type { Row } from '../../services/shared/projection/row-decoder.ts';
import { contentOf, toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { sourceMoment, sourcePages } from '../../services/shared/verify/source-documents.ts';
import type { SourceDocuments } from '../../services/shared/verify/source-documents.ts';
import { documentPartition } from '../../services/shared/document-partition.ts';
import { takeOverHistories, untilLiveHas } from './history-taken-over.ts';
import { RebuildError } from './rebuild-error.ts';
import type { NotedPiece, RebuildNotes } from './rebuild-notes.ts';
import type { SourceSnapshot } from './source-snapshot.ts';

/** A snapshot that is held open by the client's transaction. */
export interface OpenSnapshot extends SourceSnapshot {
  /** Every transaction that the snapshot sees has committed before this WAL position, in bytes. */
  readonly lsn: number;
  /** Microseconds since 1970. */
  readonly takenAt: number;
  readonly documents: number;
  /** By which other connections take the same snapshot, for as long as this one holds it. */
  readonly name: string;
}

interface SnapshotRow {
  readonly xmin: string;
  readonly xmax: string;
  readonly in_progress: readonly string[];
  readonly documents: string;
  readonly name: string;
}

/** Begins a transaction that sees one state of the tables for as long as it is open. */
export async function openSnapshot(client: ClientBase, { sourceView }: Projection): Promise<OpenSnapshot> {
  await client.query('begin isolation level repeatable read read only');
  const { rows } = await client.query<SnapshotRow>(
    `select pg_snapshot_xmin(s)::text as xmin, pg_snapshot_xmax(s)::text as xmax,
            array(select x::text from pg_snapshot_xip(s) x) as in_progress,
            (select count(*) from ${sourceView.name})::text as documents,
            pg_export_snapshot() as name
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
    name: row.name,
  };
}

export interface CopyOptions {
  /** Another connection to the source, closed by whoever opens it. */
  readonly connect: () => Promise<ClientBase>;
  /** Held open for as long as this takes. */
  readonly snapshot: OpenSnapshot;
  readonly projection: Projection;
  readonly shadow: Collection<StoredDocument>;
  /** Partition → offset from which the stream will be followed. */
  readonly from: ReadonlyMap<number, number>;
  /** To be copied, in this snapshot. */
  readonly pieces: readonly NotedPiece[];
  readonly notes: RebuildNotes;
  /** Id of this process among those that have copied. */
  readonly attempt: string;
  /** Documents a second, at most; Infinity: no bound. */
  readonly rate: number;
  readonly signal: AbortSignal;
  /** Documents copied by this process so far. */
  readonly onProgress: (copied: number) => void;
}

const BATCH = 1000;

/** The pieces side by side, those of the rows that are copied from before the others. */
export async function copySource(options: CopyOptions): Promise<void> {
  const { connect, snapshot, projection, shadow, from, pieces, notes, attempt, rate, signal, onProgress } =
    options;
  const pace = createPace(rate);
  const source = { lsn: snapshot.lsn, txId: null, committedAt: snapshot.takenAt, snapshot: true };
  const live = shadow.db.collection<StoredDocument>(projection.resource);
  const records = shadow.db.collection<FreshnessRecord>(FRESHNESS_COLLECTION);
  await untilLiveHas(projection, records, snapshot, signal);
  const companions = createDocumentStore(shadow);
  /** Where the stream goes on for a document. */
  const placeOf = (
    id: string,
    content?: Content,
  ): { readonly partition: number; readonly applied: number } => {
    const partition = documentPartition(projection, id, from.size, { content });
    // Its column is not null: SQL prints what partitions it.
    if (partition === null) throw new TypeError(`nothing says in which partition ${id} is`);
    return { partition, applied: (from.get(partition) ?? 0) - 1 };
  };
  const stored = (id: string, state: DocumentState): StoredDocument => {
    const { partition, applied } = placeOf(id, state.content);
    return toStored(projection, id, state, { [partition]: applied }, source, new Date());
  };
  const rowsOf = (table: string, page: SourceDocuments): readonly StoredDocument[] =>
    [...page].map(([key, { printed }]) => {
      const id = companionId(table, key);
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the view prints a row (source-view.ts)
      return stored(id, stateOfRow(UNKNOWN, parseLossless(printed) as Row, placeOf(id).applied));
    });
  const documentsOf = async (page: SourceDocuments): Promise<readonly StoredDocument[]> => {
    const takeOver = await takeOverHistories(projection, live, snapshot, page.keys());
    const documents = [...page].map(([id, { json, refused }]) => {
      if (json === null || refused !== null)
        throw new RebuildError(`${id} cannot be made of its rows in the source: ${refused}`);
      const content = contentOf(projection, json);
      const history = takeOver(id, content);
      return stored(id, { phase: 'live', content, ...(history && { history }) });
    });
    return withCopiesOf(projection, companions, documents);
  };
  let copied = 0;
  let read = 0;
  const copyPiece = async (piece: NotedPiece): Promise<void> => {
    const reader = await connect();
    await reader.query('begin isolation level repeatable read read only');
    await reader.query(`set transaction snapshot '${snapshot.name}'`);
    const { table } = piece;
    const viewed = table === null ? projection : projection.references?.tables.get(table);
    if (viewed === undefined) throw new RebuildError(`nothing copies from the table ${table}`);
    for await (const page of sourcePages(reader, viewed, BATCH, piece)) {
      signal.throwIfAborted();
      const documents = table === null ? await documentsOf(page) : rowsOf(table, page);
      const saves = documents.map((document): FencedSave => ({ document, startedFrom: null }));
      const through = [...page.keys()].at(-1) ?? '';
      await notes.copied(piece, attempt, { through, size: page.size }, async (session) => {
        const conflicts = await sendSaves(shadow, saves, () => undefined, session);
        if (conflicts.length > 0)
          throw new RebuildError(`somebody else writes the shadow: ${conflicts[0]} was there already`);
      });
      if (table === null) copied += page.size;
      read += page.size;
      onProgress(copied);
      await pace(read, signal);
    }
    await reader.query('commit');
    await notes.done(piece, attempt);
  };
  await Promise.all(pieces.filter(({ table }) => table !== null).map(copyPiece));
  await Promise.all(pieces.filter(({ table }) => table === null).map(copyPiece));
}
