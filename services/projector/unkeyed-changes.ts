/** Changes that name no document, TRUNCATE among them: a letter and a record each, and neither twice. */
import type { Db } from 'mongodb';
import { unkeyedId, unkeyedRecords } from '../shared/dead-letters/unkeyed.ts';
import type { UnkeyedRecord } from '../shared/dead-letters/unkeyed.ts';
import type { RefusedChange } from './fold-document.ts';

export interface UnkeyedChanges {
  /** Those that are not known yet. */
  unknown(partition: number, changes: readonly RefusedChange[]): Promise<readonly RefusedChange[]>;
  /** Acknowledged by a majority. */
  record(partition: number, changes: readonly RefusedChange[], since: Date): Promise<void>;
}

export function createUnkeyedChanges(db: Db, projection: string): UnkeyedChanges {
  const records = unkeyedRecords(db);
  return {
    async unknown(partition, changes) {
      const ids = changes.map(({ offset }) => unkeyedId(projection, partition, offset));
      const found = await records.find({ _id: { $in: ids } }, { projection: { _id: 1 } }).toArray();
      const known = new Set(found.map(({ _id }) => _id));
      return changes.filter(({ offset }) => !known.has(unkeyedId(projection, partition, offset)));
    },
    async record(partition, changes, since) {
      const operations = changes.map(({ offset, error }) => {
        const { _id, ...record }: UnkeyedRecord = {
          _id: unkeyedId(projection, partition, offset),
          partition,
          offset,
          error,
          since,
          open: true,
        };
        return { updateOne: { filter: { _id }, update: { $setOnInsert: record }, upsert: true } };
      });
      await records.bulkWrite(operations, { ordered: false, writeConcern: { w: 'majority' } });
    },
  };
}
