/**
 * The documents of one projection in MongoDB. A save replaces a document only if it still stands at the offsets that the
 * fold started from; whoever comes late is told so, and nothing is overwritten (invariants 3 and 4).
 */
import { MongoServerError } from 'mongodb';
import type { Collection } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { SessionCache } from './document-cache.ts';
import type { FencedSave } from './fold-document.ts';
import { BsonWriter, nameOf } from './bson-writer.ts';
import { packDocument, packFields, packedSize, unpackDocument } from './packed-document.ts';

export interface DocumentStore {
  /** Only those that exist; their fields are packed. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Acknowledged by a majority. Returns the ids that were not saved because another writer was there first. */
  save(saves: readonly FencedSave[]): Promise<readonly string[]>;
}

/** A document among those to be saved is too large, or holds what BSON cannot: no other try would differ. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError';
}

/** Of one update command, and one document more: under MongoDB's 48 MB, and more would only be held in memory for longer. */
const MAX_COMMAND_BYTES = 8 * 1024 * 1024;
const USUAL_STATEMENT_BYTES = 2048;

export function createDocumentStore(
  collection: Collection<StoredDocument>,
  cache: SessionCache = NO_CACHE,
): DocumentStore {
  return {
    async load(ids) {
      const found = new Map<string, StoredDocument>();
      const unknown: string[] = [];
      for (const id of ids) {
        const held = cache.take(id);
        if (held) found.set(id, held);
        else unknown.push(id);
      }
      if (unknown.length === 0) return found;
      const cursor = collection.find({ _id: { $in: unknown } }, { batchSize: unknown.length, raw: true });
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `raw` gives, and the driver's types do not say
      for (const bytes of (await cursor.toArray()) as unknown as readonly Buffer[]) {
        const document = unpackDocument(bytes);
        found.set(document._id, document);
      }
      return found;
    },

    async save(saves) {
      const conflicts: string[] = [];
      for (let next = 0; next < saves.length;) {
        const { writer, statements } = writeStatements(saves, next);
        next += statements.length;
        const lost = await send(collection, writer.bytes());
        for (const [index, { document, start, end }] of statements.entries()) {
          if (lost.has(index)) conflicts.push(document._id);
          else cache.put(document, writer.bytes(start, end));
        }
      }
      return conflicts;
    },
  };
}

const NO_CACHE: SessionCache = { take: () => undefined, put: () => undefined };

/** A document within the statements of an update command. */
interface Written {
  readonly document: StoredDocument;
  readonly start: number;
  readonly end: number;
}

/** As many statements from `first` on as one command shall have, one behind the other. */
function writeStatements(
  saves: readonly FencedSave[],
  first: number,
): { readonly writer: BsonWriter; readonly statements: readonly Written[] } {
  const writer = new BsonWriter(Math.min(MAX_COMMAND_BYTES, (saves.length - first) * USUAL_STATEMENT_BYTES));
  const statements: Written[] = [];
  for (let i = first; i < saves.length && writer.length < MAX_COMMAND_BYTES; i++) {
    const save = saves[i];
    if (save) statements.push(writeStatement(writer, save));
  }
  return { writer, statements };
}

/** Element type and name of a statement's replacement. */
const REPLACEMENT = Buffer.from([0x03, 'u'.charCodeAt(0), 0]);

function writeStatement(writer: BsonWriter, { document, startedFrom, startedFromMark }: FencedSave): Written {
  let start = 0;
  let end = 0;
  try {
    writer.document(() => {
      writer.elements({
        // Where the offsets moved on, the filter finds nothing, the upsert tries to insert, and the id collides:
        // so each statement says for itself that it lost.
        q: {
          _id: document._id,
          '_sync.at': startedFrom,
          // A retry takes the mark away and leaves the offsets. Whoever marks a document moves them.
          ...(startedFromMark && {
            '_sync.quarantine.first.offset': startedFromMark.first.offset,
            '_sync.quarantine.changes': startedFromMark.changes,
          }),
        },
        upsert: true,
      });
      writer.raw(REPLACEMENT);
      start = writer.document(() => packFields(writer, document));
      end = writer.length;
    });
  } catch (error) {
    if (!ENCODER_ERRORS.has(nameOf(error))) throw error;
    throw new UnstorableError(NO_BSON, { cause: error });
  }
  if (end - start > MAX_DOCUMENT_BYTES) throw new UnstorableError(TOO_LARGE);
  return { document, start, end };
}

interface UpdateAnswer {
  readonly writeErrors?: ReadonlyArray<{
    readonly index: number;
    readonly code: number;
    readonly errmsg: string;
  }>;
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
  readonly errorLabels?: readonly string[];
}

const DUPLICATE_KEY = 11000;

/**
 * Returns which of the statements lost. The driver's own bulkWrite would encode each document twice, and decode none of what is
 * encoded already; this is the same command on the wire. It is not repeated by the driver: whoever tries again loads first.
 */
async function send(
  collection: Collection<StoredDocument>,
  statements: Buffer,
): Promise<ReadonlySet<number>> {
  const updates = new DocumentSequence('updates');
  updates.push({}, statements);
  const answer = await run(collection, updates);
  const failures = answer.writeErrors ?? [];
  const unstorable = failures.find(({ code }) => UNSTORABLE_CODES.has(code));
  if (unstorable)
    throw new UnstorableError('a document cannot be stored', { cause: toError(unstorable, answer) });
  const other = failures.find(({ code }) => code !== DUPLICATE_KEY) ?? answer.writeConcernError;
  if (other) throw toError(other, answer);
  return new Set(failures.map(({ index }) => index));
}

async function run(collection: Collection<StoredDocument>, updates: DocumentSequence): Promise<UpdateAnswer> {
  try {
    return await collection.db.command({
      update: collection.collectionName,
      updates,
      ordered: false,
      writeConcern: { w: 'majority' },
    });
  } catch (error) {
    if (error instanceof MongoServerError && UNSTORABLE_CODES.has(error.code))
      throw new UnstorableError('a document cannot be stored', { cause: error });
    throw error;
  }
}

function toError(
  { code, errmsg }: { readonly code: number; readonly errmsg: string },
  answer: UpdateAnswer,
): Error {
  return new MongoServerError({ code, errmsg, errorLabels: [...(answer.errorLabels ?? [])] });
}

/** MongoDB's limit, less what a mark needs that may have to be added later. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 - 16 * 1024;
/** Overflow (nested too deep), BSONObjectTooLarge, and the same from a replacement. */
const UNSTORABLE_CODES: ReadonlySet<unknown> = new Set([15, 10334, 17419, 17420]);
const TOO_LARGE = 'the document would be larger than the 16 MB that MongoDB takes';
const NO_BSON = 'the document would hold what BSON cannot';

/** Dear: it encodes the document. */
export function whyUnstorable(document: StoredDocument): string | null {
  try {
    if (packedSize(document) > MAX_DOCUMENT_BYTES) return TOO_LARGE;
    packDocument(document);
    return null;
  } catch (error) {
    if (nameOf(error) !== 'BSONError') throw error;
    return NO_BSON;
  }
}

/** RangeError: its buffer ends. */
const ENCODER_ERRORS: ReadonlySet<string> = new Set(['BSONError', 'RangeError']);
