/** Which of many documents have changed, without their contents: what the projector notes with each save is another each time. */
import type { Collection } from 'mongodb';
import type { StoredDocument } from '../../shared/stored-document.ts';
import type { MajorityRead } from '../readers/majority-reads.ts';

export function createLoadMarks(
  collection: Collection<StoredDocument>,
  read: MajorityRead,
): (ids: readonly string[]) => Promise<ReadonlyMap<string, string>> {
  return async (ids) => {
    const all = await read((options) =>
      collection
        .find({ _id: { $in: [...ids] } }, { ...options, projection: { _sync: 1 }, batchSize: ids.length + 1 })
        .toArray(),
    );
    return new Map(all.map(({ _id, _sync }) => [_id, JSON.stringify(_sync)]));
  };
}
