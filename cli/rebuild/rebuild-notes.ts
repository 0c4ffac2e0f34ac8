/**
 * What a rebuild notes beside the documents, so that the next one can go on where it was stopped or killed: the place that the stream is
 * followed from, and each piece with how far it was copied. A batch of documents and its note are one transaction: what is noted is there,
 * nothing else is, and a process that another one has followed writes nothing more.
 */
import type { ClientSession, Collection, Db } from 'mongodb';
import { FRESHNESS_COLLECTION } from '../../services/shared/freshness-record.ts';
import { mongoTransactions } from '../../services/shared/mongo-transactions.ts';
import type { IdRange } from '../../services/shared/verify/source-documents.ts';
import type { OpenSnapshot } from './copy-source.ts';
import type { Offsets } from './offsets.ts';
import type { Piece } from './pieces.ts';
import { RebuildError } from './rebuild-error.ts';

export interface RebuildRecord {
  /** `<projection>:rebuild` */
  readonly _id: string;
  readonly origin: 'source' | 'changelog';
  /** Of the definition that the documents are made by. */
  readonly version: number;
  readonly shape: string;
  readonly begun: Date;
  /** Where the stream is followed from. */
  readonly from: Offsets;
  /** The topic's ends before anything was copied. */
  readonly inTopic: Offsets;
  readonly restarted: string | null;
  readonly topicsMade: readonly string[];
}

interface PieceRecord {
  /** `<projection>:rebuild:<number>` */
  readonly _id: string;
  /** Of the rows that documents copy from; null: of documents. */
  readonly table: string | null;
  /** null: no bound. */
  readonly after: string | null;
  readonly through: string | null;
  /** Ids of transactions as text: they have 64 bits. */
  readonly snapshot: {
    readonly xmin: string;
    readonly xmax: string;
    readonly inProgress: readonly string[];
    readonly lsn: number;
  };
  /** The last id that was copied; null: none was. */
  readonly cursor: string | null;
  readonly copied: number;
  readonly done: boolean;
  /** Id of the process that copies it. */
  readonly attempt: string;
}

export interface Range extends IdRange {
  /** Of the rows that documents copy from; null: of documents. */
  readonly table: string | null;
}

/** As it was noted, with its snapshot. */
export interface NotedPiece extends Piece, Range {
  readonly id: string;
  readonly cursor: string | undefined;
  readonly copied: number;
  readonly done: boolean;
  /** Everything that its snapshot sees was committed before this WAL position. */
  readonly lsn: number;
}

export interface RebuildNotes {
  /** null: no rebuild was begun. */
  read(): Promise<RebuildRecord | null>;
  begin(record: Omit<RebuildRecord, '_id'>): Promise<void>;
  pieces(): Promise<readonly NotedPiece[]>;
  /** Pieces to copy, none of which was begun. */
  addPieces(ranges: readonly Range[], snapshot: OpenSnapshot, attempt: string): Promise<void>;
  /** What was not copied becomes pieces of another snapshot; whoever copied it before writes no more. */
  takeOver(snapshot: OpenSnapshot, attempt: string): Promise<void>;
  /** `save` and its note, or neither. @throws RebuildError when another process has taken the piece over. */
  copied(
    piece: NotedPiece,
    attempt: string,
    batch: { readonly through: string; readonly size: number },
    save: (session: ClientSession) => Promise<void>,
  ): Promise<void>;
  done(piece: NotedPiece, attempt: string): Promise<void>;
  /** Ends what a process that was killed has left open: it would hold the shadow and the notes for a minute. */
  endOthers(): Promise<void>;
  forget(): Promise<void>;
}

export function rebuildId(projection: string): string {
  return `${projection}:rebuild`;
}

/** Documents that were copied until now, by whatever process. */
export async function sumCopied(db: Db, projection: string): Promise<number> {
  const pieces: Collection<PieceRecord> = db.collection(FRESHNESS_COLLECTION);
  const ofDocuments = { ...piecesOf(projection), table: null };
  const noted = await pieces.find(ofDocuments, { projection: { copied: 1 } }).toArray();
  return noted.reduce((sum, { copied }) => sum + copied, 0);
}

function piecesOf(projection: string) {
  const prefix = `${rebuildId(projection)}:`;
  return { _id: { $gte: prefix, $lt: `${prefix}\uffff` } };
}

/** Two minutes: what was copied is worth it. */
const TRIES = 240;

export function createRebuildNotes(db: Db, projection: string): RebuildNotes {
  const _id = rebuildId(projection);
  const prefix = `${_id}:`;
  const ofPieces = piecesOf(projection);
  const records: Collection<RebuildRecord> = db.collection(FRESHNESS_COLLECTION);
  const pieces: Collection<PieceRecord> = db.collection(FRESHNESS_COLLECTION);

  const { run: atOnce, endOthers } = mongoTransactions({ db, name: `${projection}:copy`, tries: TRIES });

  /** Not copied yet. */
  function toRecord(
    number: number,
    { table, after, through }: Range,
    snapshot: OpenSnapshot,
    attempt: string,
  ): PieceRecord {
    return {
      _id: `${prefix}${String(number).padStart(6, '0')}`,
      table,
      after: after ?? null,
      through: through ?? null,
      snapshot: {
        xmin: String(snapshot.xmin),
        xmax: String(snapshot.xmax),
        inProgress: [...snapshot.inProgress].map(String),
        lsn: snapshot.lsn,
      },
      cursor: null,
      copied: 0,
      done: false,
      attempt,
    };
  }

  return {
    read: () => records.findOne({ _id }),
    async begin(record) {
      await records.replaceOne({ _id }, record, { upsert: true });
    },
    async pieces() {
      const found = await pieces.find(ofPieces).sort({ _id: 1 }).toArray();
      return found.map(toPiece);
    },
    async addPieces(ranges, snapshot, attempt) {
      const added = ranges.map((range, at) => toRecord(at, range, snapshot, attempt));
      await atOnce(async (session) => void (await pieces.insertMany(added, { session })));
    },
    async takeOver(snapshot, attempt) {
      await atOnce(async (session) => {
        const noted = await pieces.find(ofPieces, { session }).sort({ _id: 1 }).toArray();
        let number = Number(noted.at(-1)?._id.slice(prefix.length) ?? 0);
        for (const { _id: id, table, after, through, cursor } of noted.filter(({ done }) => !done)) {
          if (cursor === null) await pieces.deleteOne({ _id: id }, { session });
          else await pieces.updateOne({ _id: id }, { $set: { through: cursor, done: true } }, { session });
          const rest = { table, after: cursor ?? after ?? undefined, through: through ?? undefined };
          await pieces.insertOne(toRecord(++number, rest, snapshot, attempt), { session });
        }
      });
    },
    async copied({ id }, attempt, { through, size }, save) {
      await atOnce(async (session) => {
        const { matchedCount } = await pieces.updateOne(
          { _id: id, attempt, done: false },
          { $set: { cursor: through }, $inc: { copied: size } },
          { session },
        );
        if (matchedCount === 0)
          throw new RebuildError('another rebuild has gone on with what this one copied');
        await save(session);
      });
    },
    async done({ id }, attempt) {
      await pieces.updateOne({ _id: id, attempt }, { $set: { done: true } });
    },
    endOthers,
    async forget() {
      await pieces.deleteMany(ofPieces);
      await records.deleteOne({ _id });
    },
  };
}

function toPiece({ _id, table, after, through, snapshot, cursor, copied, done }: PieceRecord): NotedPiece {
  return {
    id: _id,
    table,
    after: after ?? undefined,
    through: through ?? undefined,
    snapshot: {
      xmin: BigInt(snapshot.xmin),
      xmax: BigInt(snapshot.xmax),
      inProgress: new Set(snapshot.inProgress.map(BigInt)),
    },
    lsn: snapshot.lsn,
    cursor: cursor ?? undefined,
    copied,
    done,
  };
}
