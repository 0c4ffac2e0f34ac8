/** Documents and what they count in are saved together or not at all, on the real server, whoever saves beside. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ClientSession, Collection } from 'mongodb';
import { countTallies } from '../../cli/rebuild/count-tallies.ts';
import insights from '../../projections/insights.ts';
import { UnstorableError } from '../../services/projector/document-store.ts';
import type { DocumentStore } from '../../services/projector/document-store.ts';
import type { FencedSave } from '../../services/projector/fold-document.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { openDocumentStore } from '../../services/projector/tallied-store.ts';
import { openMongo } from '../../services/shared/mongo.ts';
import { mongoTransactions } from '../../services/shared/mongo-transactions.ts';
import { grouped, valueOf } from '../../services/shared/projection/definition.ts';
import type { DocumentState } from '../../services/shared/projection/document.ts';
import { defineProjection } from '../../services/shared/projection/projection.ts';
import { toStored } from '../../services/shared/stored-document.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { compareCounts, mendCounts } from '../../services/shared/tallies/compare-counts.ts';
import { readCounts, tallyCounts } from '../../services/shared/tallies/tally-counts.ts';
import type { Count } from '../../services/shared/tallies/tally-counts.ts';
import { deferred } from '../../stack/deferred.ts';
import { stackEndpoints } from '../support/stack.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';

const projection = { ...insights, name: 'counted', resource: 'counted' };
const NOW = new Date('2026-11-26T15:00:00Z');
const SOURCE = { lsn: 1, txId: 1, committedAt: 1, snapshot: false };
const DELETED: DocumentState = { phase: 'deleted', content: {} };
const MAJORITY = { writeConcern: { w: 'majority' } } as const;

let pipeline: Pipeline;
let store: DocumentStore;
const open = (): DocumentStore => openDocumentStore(projection, pipeline.documents);

beforeAll(async () => {
  pipeline = await openPipeline(projection);
  await prepareCollection(pipeline.db, projection, 3600);
});
beforeEach(async () => {
  await pipeline.documents.deleteMany({}, MAJORITY);
  store = open();
});
afterAll(async () => {
  await pipeline.documents.drop();
  await pipeline.close();
});

function live(status: string, preferences: Readonly<Record<string, unknown>> = {}): DocumentState {
  const createdAt = '2026-11-26T00:00:00.000000Z';
  return { phase: 'live', content: { status, version: 1, createdAt, addresses: [], preferences } };
}

/** `from`: the offset that the document stands at; null: there is none. */
function save(id: string, from: number | null, to: number, state: DocumentState): FencedSave {
  return {
    document: toStored(projection, id, state, { 3: to }, SOURCE, NOW),
    startedFrom: from === null ? null : { 3: from },
  };
}

async function byStatus(): Promise<Readonly<Record<string, Count>>> {
  const prefix = '["usersByStatus",';
  const counts = [...(await readCounts(pipeline.documents))].filter(([tally]) => tally.startsWith(prefix));
  return Object.fromEntries(counts.map(([tally, count]) => [tally.slice(prefix.length + 1, -2), count]));
}

describe('a save', () => {
  test('counts what is new and what is different, and counts what is gone no more', async () => {
    expect(await store.save([save('a', null, 1, live('on')), save('b', null, 2, live('on'))])).toEqual([]);
    expect(await byStatus()).toEqual({ on: 2 });
    expect(await store.save([save('a', 1, 3, live('off')), save('c', null, 4, live('on'))])).toEqual([]);
    expect(await byStatus()).toEqual({ on: 2, off: 1 });
    await store.save([save('a', 3, 5, DELETED), save('b', 2, 6, live('on', { theme: 'dark' }))]);
    expect(await byStatus()).toEqual({ on: 2 });
    expect(await compareCounts(pipeline.documents)).toEqual([]);
    // Nothing is left of what nobody counts in: it may have been somebody's data.
    expect(await tallyCounts(pipeline.documents).countDocuments({ count: 0 })).toBe(0);
  });

  test('in which one document is lost changes no other and no count, and goes through without it', async () => {
    await store.save([save('a', null, 1, live('on'))]);
    const late = save('a', 0, 7, live('off'));
    const other = save('b', null, 8, live('off'));
    expect([...(await store.save([late, other]))].toSorted()).toEqual(['a', 'b']);
    expect(await byStatus()).toEqual({ on: 1 });
    expect(await pipeline.documents.countDocuments({ _id: 'b' })).toBe(0);
    expect(await store.save([other])).toEqual([]);
    expect(await byStatus()).toEqual({ on: 1, off: 1 });
  });

  test('of a document that cannot be stored leaves all as it was', async () => {
    const large = live('on', { large: 'x'.repeat(17 * 1024 * 1024) });
    const saving = store.save([save('a', null, 1, live('on')), save('b', null, 2, large)]);
    await expect(saving).rejects.toThrow(UnstorableError);
    expect(await byStatus()).toEqual({});
    expect(await store.save([save('a', null, 1, live('on'))])).toEqual([]);
  });
});

describe('sums', () => {
  /** Of the versions, which stand in for amounts of money. */
  const summed = {
    ...projection,
    ...defineProjection({
      ...insights.definition,
      tallies: { versions: grouped({ by: { status: valueOf('status') }, sum: ['version'] }) },
    }),
    name: projection.name,
    resource: projection.resource,
  };
  const worth = (
    id: string,
    from: number | null,
    to: number,
    status: string,
    version: number,
  ): FencedSave => ({
    document: toStored(
      summed,
      id,
      { phase: 'live', content: { ...live(status).content, version } },
      { 3: to },
      SOURCE,
      NOW,
    ),
    startedFrom: from === null ? null : { 3: from },
  });
  const sums = async (): Promise<unknown> => Object.fromEntries(await readCounts(pipeline.documents));
  const LARGE = 9_007_199_254_740_991;

  test('are those of the documents, are gone with them, and are exact where no double is', async () => {
    const summing = openDocumentStore(summed, pipeline.documents);
    await summing.save([
      worth('a', null, 1, 'on', 100),
      worth('b', null, 2, 'on', -30),
      worth('c', null, 3, 'off', 0),
    ]);
    expect(await sums()).toEqual({
      '["versions","off"]': 1,
      '["versions","on"]': 2,
      '["versions.version","on"]': 70,
    });
    await summing.save([worth('a', 1, 4, 'off', LARGE), worth('c', 3, 5, 'off', 2)]);
    expect(await sums()).toEqual({
      '["versions","off"]': 2,
      '["versions","on"]': 1,
      '["versions.version","off"]': '9007199254740993',
      '["versions.version","on"]': -30,
    });
    expect(await compareCounts(pipeline.documents)).toEqual([]);
    await countTallies(summed, pipeline.documents);
    expect(await compareCounts(pipeline.documents)).toEqual([]);
    expect(await sums()).toMatchObject({ '["versions.version","off"]': '9007199254740993' });
  });

  test('that somebody has changed are told and mended, digit by digit', async () => {
    const summing = openDocumentStore(summed, pipeline.documents);
    await summing.save([worth('a', null, 1, 'on', LARGE), worth('b', null, 2, 'on', LARGE)]);
    const tally = '["versions.version","on"]';
    await tallyCounts(pipeline.documents).updateOne({ '_id.tally': tally }, { $inc: { count: 1 } }, MAJORITY);
    const wrong = [{ tally, counted: '18014398509481983', right: '18014398509481982' }];
    expect(await compareCounts(pipeline.documents)).toEqual(wrong);
    expect(await mendCounts(pipeline.documents)).toEqual(wrong);
    expect(await compareCounts(pipeline.documents)).toEqual([]);
    expect(await sums()).toMatchObject({ [tally]: '18014398509481982' });
  });
});

describe('side by side', () => {
  const ROUNDS = 10;
  const STORES = 3;

  test('stores that change the same counts lose nothing, and whoever compares meanwhile finds nothing wrong', async () => {
    let isOver = false;
    const compare = async (): Promise<number> => {
      for (let looks = 1; ; looks++) {
        expect(await compareCounts(pipeline.documents)).toEqual([]);
        if (isOver) return looks;
      }
    };
    const write = async (name: string, mine: DocumentStore): Promise<void> => {
      for (let round = 0; round < ROUNDS; round++) {
        const state = round % 5 === 4 ? DELETED : live(round % 2 === 0 ? 'on' : 'off');
        const from = round === 0 ? null : round;
        const saves = Array.from({ length: 20 }, (_, n) => save(`${name}${n}`, from, round + 1, state));
        for (let lost = saves.length; lost > 0;) lost = (await mine.save(saves)).length;
      }
    };
    const comparing = compare();
    comparing.catch(() => undefined); // told below
    await Promise.all(Array.from({ length: STORES }, (_, n) => write(`store ${n} `, open())));
    isOver = true;
    expect(await comparing).toBeGreaterThan(1);
    expect(await byStatus()).toEqual({});
    expect(await compareCounts(pipeline.documents)).toEqual([]);
  }, 60_000);

  test.each([
    [
      'hangs',
      (_documents: Collection<StoredDocument>, _session: ClientSession, goesOn: Promise<void>) => goesOn,
    ],
    [
      'is in the middle of a command',
      async (documents: Collection<StoredDocument>, session: ClientSession) =>
        void (await documents.findOne({ $where: 'sleep(15000) || true' }, { session })),
    ],
  ])(
    'a process that %s within a transaction is in nobody’s way for long',
    async (_what, wait) => {
      const client = openMongo(stackEndpoints().mongoUrl, {});
      const entered = deferred();
      const goesOn = deferred();
      let tries = 0;
      try {
        const { run } = mongoTransactions({ db: client.db(), name: projection.name });
        const other = run(async (session) => {
          tries += 1;
          // It could be the quicker one again, and be ended again.
          if (tries > 1) await goesOn.promise;
          const documents = client.db().collection<StoredDocument>(projection.resource);
          await documents.insertOne(save('a', null, 1, live('off')).document, { session });
          entered.resolve();
          await wait(documents, session, goesOn.promise);
        });
        other.catch(() => undefined); // told below
        await entered.promise;
        expect(await store.save([save('a', null, 2, live('on'))])).toEqual([]);
        goesOn.resolve();
        // It begins again, and finds what was saved meanwhile.
        await expect(other).rejects.toThrow('duplicate key');
        expect(tries).toBe(2);
        expect(await byStatus()).toEqual({ on: 1 });
      } finally {
        await client.close();
      }
    },
    15_000,
  );

  test('two that mend the same counts add what is missing once', async () => {
    await store.save(Array.from({ length: 5 }, (_, n) => save(`m${n}`, null, 1, live('on'))));
    const counts = tallyCounts(pipeline.documents);
    const on = { '_id.tally': '["usersByStatus","on"]' } as const;
    for (const count of [2, 9]) {
      await counts.updateMany(on, { $set: { count } }, MAJORITY);
      await Promise.all([mendCounts(pipeline.documents), mendCounts(pipeline.documents)]);
      // Whoever looked later may have found nothing, or the other's work.
      expect(await compareCounts(pipeline.documents)).toEqual([]);
      expect(await byStatus()).toEqual({ on: 5 });
    }
  });
});
