/**
 * The documents of a projection that counts them. A save and what it changes of the counts are one transaction, so that whatever is
 * delivered again, crashes or comes late counts as often as its document is saved: once. What a document counted in before is read from
 * itself in the same transaction: the counts are the sum of what the documents say, whichever version of the code has written them.
 */
import { Long } from 'mongodb';
import type { ClientSession, Collection } from 'mongodb';
import type { Projection } from '../shared/projection/projection.ts';
import { mongoTransactions } from '../shared/mongo-transactions.ts';
import type { MongoTransactions } from '../shared/mongo-transactions.ts';
import type { StoredDocument } from '../shared/stored-document.ts';
import { DUPLICATE_KEY } from '../shared/tallies/compare-counts.ts';
import { tallyCounts } from '../shared/tallies/tally-counts.ts';
import { countChanges, talliesIn } from './count-changes.ts';
import type { CountChange } from './count-changes.ts';
import { NO_CACHE, createDocumentStore, sendSaves } from './document-store.ts';
import type { DocumentStore } from './document-store.ts';
import type { SessionCache } from './document-cache.ts';
import type { FencedSave } from './fold-document.ts';

/** The store that fits the projection: one that counts nothing pays nothing for it. */
export function openDocumentStore(
  { name, talliesOf }: Pick<Projection, 'name' | 'talliesOf'>,
  documents: Collection<StoredDocument>,
  cache: SessionCache = NO_CACHE,
): DocumentStore {
  return talliesOf === null
    ? createDocumentStore(documents, cache)
    : createTalliedStore(name, documents, cache);
}

function createTalliedStore(
  name: string,
  documents: Collection<StoredDocument>,
  cache: SessionCache,
): DocumentStore {
  // Two that made the same count at once: the same saves may come through, or their fences say that they do not.
  const transactions = mongoTransactions({
    db: documents.db,
    name,
    collides: ({ code }) => code === DUPLICATE_KEY,
  });
  let latest: Promise<unknown> = Promise.resolve();
  return {
    ...createDocumentStore(documents, cache),
    /** All or none. One after the other: two at once would change the same counts, and MongoDB would give one of them up. */
    save(saves) {
      const before = latest;
      const mine = (async () => {
        await before;
        return saveAndCount(documents, saves, transactions, cache);
      })();
      latest = mine.catch(() => undefined); // told to whoever waits for it
      return mine;
    },
  };
}

/** Returns all ids where one of them was lost: then nothing is saved. */
async function saveAndCount(
  documents: Collection<StoredDocument>,
  saves: readonly FencedSave[],
  transactions: MongoTransactions,
  cache: SessionCache,
): Promise<readonly string[]> {
  const saved = await transactions.run(async (session) => {
    const kept: Parameters<SessionCache['put']>[] = [];
    const before = await talliesBefore(documents, saves, session);
    const lost = await sendSaves(documents, saves, (...each) => kept.push(each), session);
    if (lost.length > 0) {
      await session.abortTransaction();
      return null;
    }
    const changes = countChanges(
      saves.map(({ document }) => document),
      before,
    );
    await addToCounts(documents, changes, session);
    return kept;
  });
  if (saved === null) return saves.map(({ document }) => document._id);
  for (const [document, bytes] of saved) cache.put(document, bytes);
  return [];
}

async function talliesBefore(
  documents: Collection<StoredDocument>,
  saves: readonly FencedSave[],
  session: ClientSession,
): Promise<ReadonlyMap<string, ReturnType<typeof talliesIn>>> {
  const ids = saves.map(({ document }) => document._id);
  const found = documents.find({ _id: { $in: ids } }, { session, projection: { _tallies: 1 } });
  const all = await found.batchSize(ids.length + 1).toArray();
  return new Map(all.map(({ _id, _tallies }) => [_id, talliesIn(_tallies)]));
}

async function addToCounts(
  documents: Collection<StoredDocument>,
  changes: readonly CountChange[],
  session: ClientSession,
): Promise<void> {
  if (changes.length === 0) return;
  const counts = tallyCounts(documents);
  await counts.bulkWrite(
    changes.map(({ _id, more }) => ({
      updateOne: { filter: { _id }, update: { $inc: { count: Long.fromBigInt(more) } }, upsert: true },
    })),
    { session, ordered: false },
  );
  const fewer = changes.flatMap(({ _id, more }) => (more < 0n ? [_id] : []));
  if (fewer.length > 0) await counts.deleteMany({ _id: { $in: fewer }, count: Long.ZERO }, { session });
}
