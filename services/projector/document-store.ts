/**
 * The documents of one projection in MongoDB. A save replaces a document only if it still stands at the offsets that the
 * fold started from; whoever comes late is told so, and nothing is overwritten (invariants 3 and 4).
 */
import { BSON, MongoBulkWriteError } from 'mongodb';
import type { Collection } from 'mongodb';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { FencedSave } from './fold-document.ts';

export interface DocumentStore {
  /** Only those that exist. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Acknowledged by a majority. Returns the ids that were not saved because another writer was there first. */
  save(saves: readonly FencedSave[]): Promise<readonly string[]>;
}

/** A document among those to be saved is too large, or holds what BSON cannot: no other try would differ. */
export class UnstorableError extends Error {
  override readonly name = 'UnstorableError';
}

const DUPLICATE_KEY = 11000;

export function createDocumentStore(collection: Collection<StoredDocument>): DocumentStore {
  return {
    async load(ids) {
      const found = await collection.find({ _id: { $in: [...ids] } }, { batchSize: ids.length }).toArray();
      return new Map(found.map((document) => [document._id, document]));
    },

    async save(saves) {
      const operations = saves.map(({ document, startedFrom, startedFromMark }) => ({
        replaceOne: {
          // Where the offsets moved on, the filter finds nothing, the upsert tries to insert, and the id collides:
          // so each operation says for itself that it lost.
          filter: {
            _id: document._id,
            '_sync.at': startedFrom,
            // A retry takes the mark away and leaves the offsets. Whoever marks a document moves them.
            ...(startedFromMark && {
              '_sync.quarantine.first.offset': startedFromMark.first.offset,
              '_sync.quarantine.changes': startedFromMark.changes,
            }),
          },
          replacement: document,
          upsert: true,
        },
      }));
      try {
        await collection.bulkWrite(operations, { ordered: false, writeConcern: { w: 'majority' } });
        return [];
      } catch (error) {
        return conflictsOf(error, saves);
      }
    },
  };
}

/** MongoDB's limit, less what a mark needs that may have to be added later. */
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024 - 16 * 1024;

/** Dear: it serializes the document. */
export function whyUnstorable(document: StoredDocument): string | null {
  if (BSON.calculateObjectSize(document) > MAX_DOCUMENT_BYTES)
    return 'the document would be larger than the 16 MB that MongoDB takes';
  try {
    BSON.serialize(document);
    return null;
  } catch (error) {
    if (!(error instanceof BSON.BSONError)) throw error;
    return 'the document would hold what BSON cannot';
  }
}

/** By name, because the driver's encoder throws errors of Node's own too, which are of another realm's class under jest. */
const UNSTORABLE_NAMES: ReadonlySet<string> = new Set([
  'MongoInvalidArgumentError', // larger than the maximum size
  'BSONError',
  'RangeError', // the encoder's buffer
]);
/** Overflow (nested too deep), BSONObjectTooLarge, and the same from a replacement. */
const UNSTORABLE_CODES: ReadonlySet<unknown> = new Set([15, 10334, 17419, 17420]);

function isUnstorable(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return UNSTORABLE_NAMES.has(nameOf(error));
  return [error.writeErrors].flat().some(({ code }) => UNSTORABLE_CODES.has(code));
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : '';
}

function conflictsOf(error: unknown, saves: readonly FencedSave[]): readonly string[] {
  if (isUnstorable(error)) throw new UnstorableError('a document cannot be stored', { cause: error });
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures = [error.writeErrors].flat();
  const others = failures.filter(({ code }) => code !== DUPLICATE_KEY);
  if (failures.length === 0 || others.length > 0 || error.result.getWriteConcernError()) throw error;
  return failures.flatMap(({ index }) => saves[index]?.document._id ?? []);
}
