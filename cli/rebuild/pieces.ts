/**
 * What a rebuild copies, piece by piece: a range of ids, and the snapshot of Postgres in which they were read. One that goes on after it was
 * stopped reads the rest in another snapshot, so whether a document holds a change already is a question to the piece of its id. Pure.
 */
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { IdRange } from '../../services/shared/verify/source-documents.ts';
import type { SourceSnapshot } from './source-snapshot.ts';

export interface Piece extends IdRange {
  readonly snapshot: SourceSnapshot;
}

/** Below 0, 0 or above 0, as Postgres orders them. */
export type CompareIds = (a: string, b: string) => number;

const compareText: CompareIds = (a, b) => (a < b ? -1 : Number(a > b));
const ORDERS: Readonly<Record<string, CompareIds>> = {
  integer: (a, b) => {
    const difference = BigInt(a) - BigInt(b);
    return difference < 0n ? -1 : Number(difference > 0n);
  },
  uuid: compareText,
};

/** null: texts, whose order is that of the database's collation, and only Postgres knows it. */
export function orderOfIds({ keyType }: Pick<Projection, 'keyType'>): CompareIds | null {
  return ORDERS[keyType.name] ?? null;
}

/** Of documents and companions, each in the pieces of its own. */
export function snapshotOfAll(
  pieces: ReadonlyArray<Piece & { readonly table: string | null }>,
  projection: Pick<Projection, 'keyType' | 'references'>,
): (id: string) => SourceSnapshot {
  const { references } = projection;
  const ofDocuments = snapshotOfEach(
    pieces.filter(({ table }) => table === null),
    orderOfIds(projection),
  );
  if (references === null) return ofDocuments;
  const ofTables = new Map(
    [...references.tables.values()].map((each) => {
      const own = pieces.filter(({ table }) => table === each.table);
      return [each.table, snapshotOfEach(own, orderOfIds(each))] as const;
    }),
  );
  return (id) => {
    const companion = references.companionAt(id);
    const ofRows = companion && ofTables.get(companion.table.table);
    return companion && ofRows ? ofRows(companion.key) : ofDocuments(id);
  };
}

/** Id → the snapshot that its document was copied in, or found absent in. The pieces hold every id, each once. */
export function snapshotOfEach(
  pieces: readonly Piece[],
  compare: CompareIds | null,
): (id: string) => SourceSnapshot {
  const [first] = pieces;
  if (first === undefined) throw new TypeError('nothing was copied');
  if (pieces.every(({ snapshot }) => isSame(snapshot, first.snapshot))) return () => first.snapshot;
  if (compare === null) throw new TypeError('ids without an order were copied in several snapshots');
  return (id) => {
    const found = pieces.find(
      ({ after, through }) =>
        (after === undefined || compare(id, after) > 0) &&
        (through === undefined || compare(id, through) <= 0),
    );
    if (found === undefined) throw new TypeError('an id is in no piece');
    return found.snapshot;
  };
}

function isSame(a: SourceSnapshot, b: SourceSnapshot): boolean {
  return (
    a === b ||
    (a.xmin === b.xmin &&
      a.xmax === b.xmax &&
      a.inProgress.size === b.inProgress.size &&
      [...a.inProgress].every((each) => b.inProgress.has(each)))
  );
}
