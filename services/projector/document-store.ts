/**
 * The documents of one projection in MongoDB. A save replaces a document only if it still stands at the offsets that the
 * fold started from; whoever comes late is told so, and nothing is overwritten (invariants 3 and 4).
 */
import { MongoServerError } from 'mongodb';
import type { ClientSession, Collection } from 'mongodb';
import { DocumentSequence } from 'mongodb/lib/cmap/commands.js';
import { REFS_PATH } from '../shared/projection/projection.ts';
import { findRaw } from '../shared/find-raw.ts';
import { refsOf } from '../shared/stored-document.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { SessionCache } from './document-cache.ts';
import type { FencedSave } from './fold-document.ts';
import { ARRAY, OBJECT } from '../shared/bson-layout.ts';
import { BsonWriter, nameOf } from './bson-writer.ts';
import { updateOf } from './placed-copies.ts';
import type { PlacedCopies } from './placed-copies.ts';
import { packDocument, packFields, packedSize, unpackDocument } from './packed-document.ts';

export interface DocumentStore {
  /** Only those that exist; their fields are packed. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** As `load`, and what is stored now: from no cache. */
  look(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** The documents that have copied from these companions, in chunks: each that did so before the call and does so still. */
  referrers(companions: readonly string[], size: number): AsyncIterable<readonly Referrer[]>;
  /**
   * Copies into documents where they stand, those that had seen an older row of the companion. Acknowledged by a majority. Returns how many there
   * were, a document once for each of its companions; what holds another projection's newer form, or is large, is left to `save`.
   */
  place(copies: ReadonlyArray<readonly [copies: PlacedCopies, ids: readonly string[]]>): Promise<number>;
  /** Acknowledged by a majority. Returns the ids that were not saved because another writer was there first. */
  save(saves: readonly FencedSave[]): Promise<readonly string[]>;
  /** Resolves when a majority holds what was loaded: a save whose answer was lost may be there and not yet be safe. */
  confirm(): Promise<void>;
}

/** A document that copies from some of the companions that were asked for. */
export interface Referrer {
  readonly id: string;
  readonly companions: readonly string[];
}

/** A document among those to be saved is too large, or holds what BSON cannot: no other try would differ. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError';
}

/** Of one command, and one document more: under MongoDB's 48 MB, and more would only be held in memory for longer. */
const MAX_COMMAND_BYTES = 8 * 1024 * 1024;
const USUAL_BYTES = 2048;

export function createDocumentStore(
  collection: Collection<StoredDocument>,
  cache: SessionCache = NO_CACHE,
): DocumentStore {
  async function look(ids: readonly string[]): Promise<Map<string, StoredDocument>> {
    // One more, so that the first answer is known to be the last.
    const cursor = findRaw(collection, { _id: { $in: [...ids] } }, { batchSize: ids.length + 1 });
    const documents = (await cursor.toArray()).map((bytes) => unpackDocument(bytes));
    return new Map(documents.map((each) => [each._id, each]));
  }

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
      for (const [id, document] of await look(unknown)) found.set(id, document);
      return found;
    },

    look,

    async *referrers(companions, size) {
      // What a document copies from leaves its place in the index only with a change of its own, so none is passed over.
      const isOne = companions.length === 1; // then no document has to be opened
      const asked = new Set(companions);
      const found = collection.find(
        { [REFS_PATH]: { $in: [...companions] } },
        { projection: isOne ? { _id: 1 } : { [REFS_PATH]: 1 }, batchSize: size },
      );
      let chunk: Referrer[] = [];
      for await (const document of found) {
        const seen = refsOf(document).flatMap(({ id }) => (asked.has(id) ? [id] : []));
        chunk.push({ id: document._id, companions: isOne ? companions : seen });
        if (chunk.length < size) continue;
        yield chunk;
        chunk = [];
      }
      if (chunk.length > 0) yield chunk;
    },

    async place(copies) {
      const now = new Date();
      const updates = copies.map(([each, ids]) => updateOf(each, ids, now));
      for (const [, ids] of copies) for (const id of ids) cache.take(id);
      try {
        const options = { ordered: false, writeConcern: { w: 'majority' } } as const;
        return (await collection.bulkWrite(updates, options)).matchedCount;
      } catch (error) {
        // What it has come to by then counts for nothing: each is looked at by itself.
        if (error instanceof MongoServerError && UNSTORABLE_CODES.has(error.code)) return 0;
        throw error;
      }
    },

    save: (saves) => sendSaves(collection, saves, (document, bytes) => cache.put(document, bytes)),

    async confirm() {
      // It matches nothing; mongod waits for what it has written before, as for any write.
      await collection.updateOne({ _id: '' }, { $unset: { _: 1 } }, { writeConcern: { w: 'majority' } });
    },
  };
}

/**
 * Returns the ids that were lost; the others are told with their bytes, which must be copied. `session`: in its transaction, which
 * MongoDB has given up where one is lost.
 */
export async function sendSaves(
  collection: Collection<StoredDocument>,
  saves: readonly FencedSave[],
  onSaved: SessionCache['put'],
  session?: ClientSession,
): Promise<readonly string[]> {
  const conflicts: string[] = [];
  const isNew = ({ startedFrom }: FencedSave): boolean => startedFrom === null;
  const kinds = [
    ['insert', saves.filter(isNew)],
    ['update', saves.filter((each) => !isNew(each))],
  ] as const;
  for (const [kind, each] of kinds)
    for (const command of commandsOf(kind, each)) {
      const lost = await send(collection, command, session);
      for (const [index, { document, start, end }] of command.written.entries()) {
        if (lost.has(index)) conflicts.push(document._id);
        else onSaved(document, command.writer.bytes(start, end));
      }
      if (session && conflicts.length > 0) return conflicts;
    }
  return conflicts;
}

export const NO_CACHE: SessionCache = { take: () => undefined, put: () => undefined };

/** A document within a command. */
interface Written {
  readonly document: StoredDocument;
  readonly start: number;
  readonly end: number;
}

interface Command {
  readonly kind: 'insert' | 'update';
  /** Documents to insert, or update statements, one behind the other. */
  readonly writer: BsonWriter;
  readonly written: readonly Written[];
}

function* commandsOf(kind: Command['kind'], saves: readonly FencedSave[]): Generator<Command> {
  for (let next = 0; next < saves.length;) {
    const writer = new BsonWriter(Math.min(MAX_COMMAND_BYTES, (saves.length - next) * USUAL_BYTES));
    const written: Written[] = [];
    for (; next < saves.length && writer.length < MAX_COMMAND_BYTES; next++) {
      const save = saves[next];
      if (save)
        written.push(kind === 'insert' ? writeDocument(writer, save.document) : writeUpdate(writer, save));
    }
    yield { kind, writer, written };
  }
}

/** @throws UnstorableError */
function writeDocument(writer: BsonWriter, document: StoredDocument): Written {
  try {
    const start = writer.document(() => packFields(writer, document));
    const end = writer.length;
    // What the limit leaves is for the mark.
    const limit = document._sync.quarantine ? MAX_MARKED_BYTES : MAX_DOCUMENT_BYTES;
    if (end - start > limit) throw new UnstorableError(TOO_LARGE);
    return { document, start, end };
  } catch (error) {
    if (!ENCODER_ERRORS.has(nameOf(error))) throw error;
    throw new UnstorableError(NO_BSON, { cause: error });
  }
}

/**
 * By the id alone, and the fence within the update: a filter on more than the id would cost MongoDB a query plan a document, which is
 * twice what the rest does. Where the offsets have moved on the statement fails, and so says for itself that it lost; where there is
 * no document, the same.
 */
function writeUpdate(writer: BsonWriter, { document, startedFrom, startedFromMark }: FencedSave): Written {
  let written: Written | undefined;
  const same = (path: string, value: unknown): object => ({ $eq: [path, { $literal: value }] });
  writer.document(() => {
    writer.elements({ q: { _id: document._id }, upsert: true });
    writer.nested(ARRAY, 'u', () =>
      writer.nested(OBJECT, '0', () =>
        writer.nested(OBJECT, '$replaceWith', () =>
          writer.nested(OBJECT, '$cond', () => {
            writer.elements({
              if: {
                $and: [
                  same('$_sync.at', startedFrom),
                  // A retry takes the mark away and leaves the offsets. Whoever marks a document moves them.
                  ...(startedFromMark
                    ? [
                        same('$_sync.quarantine.first.offset', startedFromMark.first.offset),
                        same('$_sync.quarantine.changes', startedFromMark.changes),
                      ]
                    : []),
                ],
              },
              else: LOST,
            });
            writer.nested(OBJECT, 'then', () =>
              writer.element(OBJECT, '$literal', () => {
                written = writeDocument(writer, document);
              }),
            );
          }),
        ),
      ),
    );
  });
  if (written === undefined) throw new TypeError('no document was written');
  return written;
}

/** No number, so that MongoDB refuses the statement. */
const LOST = { $toInt: { $concat: ['another writer was first: ', '$_id'] } } as const;

const FIELDS = { insert: 'documents', update: 'updates' } as const;

interface WriteAnswer {
  readonly writeErrors?: ReadonlyArray<{
    readonly index: number;
    readonly code: number;
    readonly errmsg: string;
  }>;
  readonly writeConcernError?: { readonly code: number; readonly errmsg: string };
  readonly errorLabels?: readonly string[];
}

/** Another writer was there first: the same id inserted, and LOST. */
const CONFLICT_CODES: ReadonlySet<number> = new Set([11000, 241]);

/**
 * Returns which of its documents were lost. The driver's own bulkWrite would encode each document twice, and take none of what is
 * encoded already; this is the same command on the wire. It is not repeated by the driver: whoever tries again loads first.
 */
async function send(
  collection: Collection<StoredDocument>,
  command: Command,
  session: ClientSession | undefined,
): Promise<ReadonlySet<number>> {
  const answer = await run(collection, command, session);
  const failures = answer.writeErrors ?? [];
  const unstorable = failures.find(({ code }) => UNSTORABLE_CODES.has(code));
  if (unstorable)
    throw new UnstorableError('a document cannot be stored', { cause: toError(unstorable, answer) });
  const other = failures.find(({ code }) => !CONFLICT_CODES.has(code)) ?? answer.writeConcernError;
  if (other) throw toError(other, answer);
  return new Set(failures.map(({ index }) => index));
}

async function run(
  { db, collectionName }: Collection<StoredDocument>,
  { kind, writer }: Command,
  session: ClientSession | undefined,
): Promise<WriteAnswer> {
  const field = FIELDS[kind];
  const sequence = new DocumentSequence(field);
  sequence.push({}, writer.bytes());
  try {
    const statements = { [kind]: collectionName, [field]: sequence, ordered: false };
    // A transaction's commit waits for the majority.
    return await (session
      ? db.command(statements, { session })
      : db.command({ ...statements, writeConcern: { w: 'majority' } }));
  } catch (error) {
    if (error instanceof MongoServerError && UNSTORABLE_CODES.has(error.code))
      throw new UnstorableError('a document cannot be stored', { cause: error });
    throw error;
  }
}

function toError(
  { code, errmsg }: { readonly code: number; readonly errmsg: string },
  answer: WriteAnswer,
): Error {
  return new MongoServerError({ code, errmsg, errorLabels: [...(answer.errorLabels ?? [])] });
}

/** MongoDB's limit. */
const MAX_MARKED_BYTES = 16 * 1024 * 1024;
/** Less what a mark needs that may have to be added later. */
const MAX_DOCUMENT_BYTES = MAX_MARKED_BYTES - 16 * 1024;
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
