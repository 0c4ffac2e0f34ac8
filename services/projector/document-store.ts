/**
 * The documents of one projection in MongoDB. A save replaces a document only if it still stands at the offsets that the
 * fold started from; whoever comes late is told so, and nothing is overwritten (invariants 3 and 4).
 */
import { MongoBulkWriteError } from 'mongodb';
import type { Collection } from 'mongodb';
import type { StoredDocument } from '../shared/stored-document.ts';
import type { FencedSave } from './fold-document.ts';

export interface DocumentStore {
  /** Only those that exist. */
  load(ids: readonly string[]): Promise<ReadonlyMap<string, StoredDocument>>;
  /** Acknowledged by a majority. Returns the ids that were not saved because another writer was there first. */
  save(saves: readonly FencedSave[]): Promise<readonly string[]>;
}

const DUPLICATE_KEY = 11000;

export function createDocumentStore(collection: Collection<StoredDocument>): DocumentStore {
  return {
    async load(ids) {
      const found = await collection.find({ _id: { $in: [...ids] } }, { batchSize: ids.length }).toArray();
      return new Map(found.map((document) => [document._id, document]));
    },

    async save(saves) {
      const operations = saves.map(({ document, startedFrom }) => ({
        replaceOne: {
          // Where the offsets moved on, the filter finds nothing, the upsert tries to insert, and the id collides:
          // so each operation says for itself that it lost.
          filter: { _id: document._id, '_sync.at': startedFrom },
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

function conflictsOf(error: unknown, saves: readonly FencedSave[]): readonly string[] {
  if (!(error instanceof MongoBulkWriteError)) throw error;
  const failures = [error.writeErrors].flat();
  const others = failures.filter(({ code }) => code !== DUPLICATE_KEY);
  if (failures.length === 0 || others.length > 0 || error.result.getWriteConcernError()) throw error;
  return failures.flatMap(({ index }) => saves[index]?.document._id ?? []);
}
