/** What of the source is not in the shadow yet, copied into it in a snapshot of this process. */
import type { Db } from 'mongodb';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { sourceRanges } from '../../services/shared/verify/source-documents.ts';
import type { Begun, Workplace } from './begin.ts';
import { copySource, openSnapshot } from './copy-source.ts';
import type { RebuildOptions } from './rebuild.ts';
import { toOffsets } from './offsets.ts';
import type { NotedPiece } from './rebuild-notes.ts';
import { withConnections } from './servers.ts';

/** Ranges of ids that are copied side by side. */
const RANGES = 2;

/** Returns all pieces, those of earlier processes among them. */
export async function copyPieces(
  { projection, postgresUrl, rate, onProgress, onNotice }: RebuildOptions,
  { record, pieces: before }: Begun,
  { notes, shadow }: Workplace,
  db: Db,
  attempt: string,
  signal: AbortSignal,
): Promise<readonly NotedPiece[]> {
  const already = countCopied(before);
  if (before.length > 0 && before.every(({ done }) => done)) {
    onNotice?.(`going on: all ${already} documents are copied`);
    return before;
  }
  await withConnections(postgresUrl, async (connect) => {
    const client = await connect();
    const snapshot = await openSnapshot(client, projection);
    const total = snapshot.documents;
    if (before.length > 0) {
      onNotice?.(`going on: ${already} of ${total} documents are copied`);
      await notes.takeOver(snapshot, attempt);
    } else {
      const ranges = await sourceRanges(client, projection, RANGES, total);
      const tables = [...(projection.references?.tables.keys() ?? [])];
      const pieces = [
        ...tables.map((table) => ({ table })),
        ...ranges.map((range) => ({ table: null, ...range })),
      ];
      await notes.addPieces(pieces, snapshot, attempt);
    }
    onProgress({ stage: 'copy', done: already, total });
    await copySource({
      connect,
      snapshot,
      projection,
      shadow: db.collection<StoredDocument>(shadow),
      from: toOffsets(record.from),
      pieces: (await notes.pieces()).filter(({ done }) => !done),
      notes,
      attempt,
      rate,
      signal,
      onProgress: (done) => onProgress({ stage: 'copy', done: already + done, total }),
    });
    await client.query('commit');
  });
  return notes.pieces();
}

/** Documents. */
export function countCopied(pieces: readonly NotedPiece[]): number {
  return pieces.reduce((sum, { table, copied }) => (table === null ? sum + copied : sum), 0);
}
