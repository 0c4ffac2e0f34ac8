/** Documents of the replayed projection, as the projector would have made them, put straight into MongoDB. */
import type { Db } from 'mongodb';
import { partitionOf } from '../../services/shared/partition-of.ts';
import { decodeAll, toPositioned } from '../../services/projector/decode.ts';
import { foldDocument } from '../../services/projector/fold-document.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { addressIdOf, idOf, insertsOf } from './envelopes.ts';

const IN_A_BULK = 2000;
/** As the projector's default: another one would change the index at its start. */
const TOMBSTONE_SECONDS = 14 * 86_400;

/** They stand before the first change of the topic. */
export async function fillDocuments(
  db: Db,
  projection: Projection,
  count: number,
  partitions: number,
  signal: AbortSignal,
): Promise<void> {
  const documents = db.collection<StoredDocument>(projection.resource);
  const first = firstDocument(projection);
  for (let at = 0; at < count; at += IN_A_BULK) {
    signal.throwIfAborted();
    const some = Array.from({ length: Math.min(IN_A_BULK, count - at) }, (_, i) =>
      documentOf(first, at + i, partitions),
    );
    await documents.insertMany(some, { ordered: false });
  }
  await prepareCollection(db, projection, TOMBSTONE_SECONDS);
}

function firstDocument(projection: Projection): StoredDocument {
  const raws = [...insertsOf(1)].map(({ key, value }, offset) => ({
    offset,
    key: Buffer.from(key),
    value: Buffer.from(value),
    timestamp: 0,
  }));
  const changes = decodeAll(raws).map(toPositioned);
  const fold = foldDocument(projection, idOf(0), undefined, 0, changes, new Date());
  if (fold === null || fold.refused.length > 0) throw new Error('the first user made no document');
  return fold.document;
}

function documentOf(first: StoredDocument, i: number, partitions: number): StoredDocument {
  const id = idOf(i);
  const email = `user.${i}@example.com`;
  const addresses = first['addresses'] as ReadonlyArray<Readonly<Record<string, unknown>>>;
  return {
    ...first,
    _id: id,
    email,
    _keys: Object.fromEntries(Object.keys(first._keys ?? {}).map((key) => [key, email])),
    addresses: addresses.map((address, k) => ({ ...address, id: addressIdOf(i, k) })),
    _sync: { ...first._sync, at: { [partitionOf(id, partitions)]: -1 } },
  };
}
