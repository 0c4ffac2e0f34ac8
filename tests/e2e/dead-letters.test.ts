/**
 * What a crash, a redelivery and a retry beside the projector leave behind, on the real MongoDB and Kafka: the projector's own steps, called
 * as it calls them, on a projection of their own.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';
import profile from '../../projections/profile.ts';
import { retryDocuments } from '../../cli/dlq/retry.ts';
import type { Quarantine } from '../../cli/dlq/open.ts';
import { createTopics } from '../../connectors/topics.ts';
import { applyBatch } from '../../services/projector/apply-batch.ts';
import type { ApplyOptions } from '../../services/projector/apply-batch.ts';
import { StallError } from '../../services/projector/change-feed.ts';
import { createDeadLetters } from '../../services/projector/dead-letters.ts';
import { decodeAll } from '../../services/projector/decode.ts';
import { createDocumentStore } from '../../services/projector/document-store.ts';
import { createProjectorMetrics } from '../../services/projector/metrics.ts';
import { prepareCollection } from '../../services/projector/prepare-collection.ts';
import { lettersOf, replayLetters } from '../../services/projector/replay-letters.ts';
import { isPassing } from '../../services/projector/retry-passing.ts';
import { createUnkeyedChanges } from '../../services/projector/unkeyed-changes.ts';
import { readLetters } from '../../services/shared/dead-letters/read-letters.ts';
import { unkeyedId, unkeyedRecords } from '../../services/shared/dead-letters/unkeyed.ts';
import { createKafka } from '../../services/shared/kafka-client.ts';
import { createLogger } from '../../services/shared/logger.ts';
import { openQuarantine } from '../../services/shared/open-quarantine.ts';
import { ChangeError } from '../../services/shared/projection/change-event.ts';
import type { Projection } from '../../services/shared/projection/projection.ts';
import type { StoredDocument } from '../../services/shared/stored-document.ts';
import { deadLettersTopic } from '../../services/shared/stream-names.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { userRow } from '../support/profile-rows.ts';
import { stackEndpoints } from '../support/stack.ts';

const projection: Projection = { ...profile, name: 'lettered', resource: 'lettered' };
const topic = deadLettersTopic(projection.name);
const kafka = createKafka('dead-letters', stackEndpoints().kafkaBrokers, createLogger('test', 'silent'));
const deadLetters = createDeadLetters(kafka, topic);

let pipeline: Pipeline;
let options: ApplyOptions;
beforeAll(async () => {
  pipeline = await openPipeline(projection);
  await createTopics(pipeline.admin, [{ topic, numPartitions: 1 }]);
  await prepareCollection(pipeline.db, projection, 3600);
  options = {
    projection,
    store: createDocumentStore(pipeline.documents),
    deadLetters,
    unkeyed: createUnkeyedChanges(pipeline.db, projection.name),
    judgeMisfit: () => Promise.resolve(),
    noteSnapshots: () => Promise.resolve(),
    metrics: createProjectorMetrics(new Registry()),
  };
});
afterAll(async () => {
  await deadLetters.close();
  await pipeline.admin.deleteTopics({ topics: [topic] });
  await pipeline.documents.drop();
  const ids = { $regex: `^${unkeyedId(projection.name, 0, 0).slice(0, -3)}` };
  await unkeyedRecords(pipeline.db).deleteMany({ _id: ids });
  await pipeline.close();
});

type Change = readonly [offset: number, key: string | null, value: string];
/** Records anew, as after a restart. */
const batchOf = (changes: readonly Change[], partition = 0) => ({
  partition,
  signal: new AbortController().signal,
  changes: decodeAll(
    changes.map(([offset, key, value]) => ({
      offset,
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from(value),
      timestamp: 1,
    })),
  ),
});
const saying = (version: number, op = 'u'): string =>
  JSON.stringify({ op, before: null, after: userRow({ version }), source: { table: 'users', ts_us: 1 } });
const storedOf = async (id: string): Promise<StoredDocument> => {
  const stored = await pipeline.documents.findOne({ _id: id });
  if (!stored) throw new Error(`there is no ${id}`);
  return stored;
};
const letters = (key: string | null) =>
  readLetters(kafka, topic, (letter) => (letter.key?.toString('utf8') ?? null) === key);

test('ended between letter and mark, and delivered again: the letter is there twice, and counts once', async () => {
  const changes: readonly Change[] = [
    [1, 'crash', saying(1, 'c')],
    [2, 'crash', '?'],
    [3, 'crash', saying(2)],
  ];
  const ended = new Error('ended');
  const store = { ...options.store, save: () => Promise.reject(ended) };
  await expect(applyBatch({ ...options, store }, batchOf(changes))).rejects.toBe(ended);
  expect(await pipeline.documents.findOne({ _id: 'crash' })).toBeNull();
  await applyBatch(options, batchOf(changes));
  await applyBatch(options, batchOf(changes));

  const stored = await storedOf('crash');
  expect(stored).toMatchObject({ version: 1, _sync: { at: { 0: 3 }, quarantine: { changes: 2 } } });
  const found = await letters('crash');
  expect(found.map(({ offset }) => offset)).toEqual([2, 3, 2, 3]);
  expect(lettersOf(projection, stored, found).map(({ offset }) => offset)).toEqual([2, 3]);
}, 60_000);

test('tried again with the same records, because MongoDB did not take the mark, a letter is not written again', async () => {
  const batch = batchOf([[1, 'again', '?']]);
  const passing = new Error('passing');
  const store = { ...options.store, save: () => Promise.reject(passing) };
  await expect(applyBatch({ ...options, store }, batch)).rejects.toBe(passing);
  await applyBatch(options, batch);
  expect(await letters('again')).toHaveLength(1);
}, 60_000);

test("a change without what its table should give: held while the source does not fit, one document's harm while it does", async () => {
  const { version: _version, ...row } = userRow();
  const without = JSON.stringify({ op: 'c', before: null, after: row, source: { table: 'users', ts_us: 1 } });
  const batch = batchOf([
    [1, 'fits', saying(1, 'c')],
    [2, 'misfit', without],
  ]);
  const judged: unknown[] = [];
  const unfit = new StallError('users.version is gone');
  const judgeMisfit: ApplyOptions['judgeMisfit'] = (misfit) => {
    judged.push(misfit);
    return Promise.reject(unfit);
  };
  await expect(applyBatch({ ...options, judgeMisfit }, batch)).rejects.toBe(unfit);
  expect(judged).toEqual([{ offset: 2, error: 'users.version is missing from the changes' }]);
  expect(await pipeline.documents.countDocuments({ _id: { $in: ['fits', 'misfit'] } })).toBe(0);
  expect(await letters('misfit')).toEqual([]);

  await applyBatch(options, batch);
  expect((await storedOf('fits'))._sync.quarantine).toBeUndefined();
  expect((await storedOf('misfit'))._sync.quarantine).toMatchObject({ changes: 1 });
  expect(await letters('misfit')).toHaveLength(1);
}, 60_000);

test('a retry beside the projector: whoever loaded the marked document before it cannot put the mark back', async () => {
  await applyBatch(
    options,
    batchOf([
      [1, 'race', saying(1, 'c')],
      [2, 'race', '?'],
      [3, 'race', saying(3)],
    ]),
  );
  const stored = await storedOf('race');
  const found = lettersOf(projection, stored, await letters('race'));
  const healed = replayLetters(projection, stored, found, { dropFirst: true, now: new Date() });
  let retried: readonly string[] = ['not yet'];
  const store: ApplyOptions['store'] = {
    ...options.store,
    load: async (ids) => {
      const loaded = await options.store.load(ids);
      if (retried.length > 0) retried = await options.store.save([healed]);
      return loaded;
    },
  };
  await applyBatch({ ...options, store }, batchOf([[4, 'race', saying(4)]]));
  expect(retried).toEqual([]);
  const after = await storedOf('race');
  expect(after).toMatchObject({ version: 4, _sync: { at: { 0: 4 } } });
  expect(after._sync.quarantine).toBeUndefined();
  // The other way round: the retry is late, and is told so.
  expect(await options.store.save([healed])).toEqual(['race']);
}, 60_000);

test('a defect that is mended: a retry makes the document as if nothing had been', async () => {
  const defective: Projection = {
    ...projection,
    evolve: (state, change) => {
      if (change.after?.['version'] === 2) throw new ChangeError('a defect');
      return projection.evolve(state, change);
    },
  };
  const all = ['mended', 'harmless'].flatMap((key): Change[] => {
    const from = key === 'mended' ? 200 : 300;
    return [
      [from, key, saying(1, 'c')],
      [from + 1, key, saying(key === 'mended' ? 2 : 5)],
      [from + 2, key, saying(3)],
    ];
  });
  await applyBatch({ ...options, projection: defective }, batchOf(all));
  expect(await storedOf('mended')).toMatchObject({ version: 1, _sync: { quarantine: { changes: 2 } } });
  expect((await storedOf('harmless'))._sync.quarantine).toBeUndefined();

  const quarantine: Quarantine = {
    projection,
    db: pipeline.db,
    store: options.store,
    marked: () => pipeline.documents.find({ _id: 'mended' }).toArray(),
    letters: (wanted) => readLetters(kafka, topic, wanted),
  };
  const asked = { dryRun: true, dropFirst: false };
  const planned = await retryDocuments(quarantine, ['mended'], asked);
  expect(planned).toMatchObject([{ state: 'healed', applied: 2, remaining: 0 }]);
  expect(planned[0]?.differences.length).toBeGreaterThan(0);
  expect((await storedOf('mended'))._sync.quarantine).toMatchObject({ changes: 2 });
  await retryDocuments(quarantine, ['mended'], { ...asked, dryRun: false });
  const { _id: _one, _sync: one, ...mended } = await storedOf('mended');
  const { _id: _other, _sync: other, ...harmless } = await storedOf('harmless');
  expect(mended).toEqual(harmless);
  expect([one.at, one.quarantine, other.at]).toEqual([{ 0: 202 }, undefined, { 0: 302 }]);
}, 60_000);

test('a change that names no document is counted once, however often it is delivered, also after it was discarded', async () => {
  const count = async (): Promise<number> => (await openQuarantine(pipeline.db, projection)).unkeyed;
  const changes: readonly Change[] = [[70, null, '{"op":"t"}']];
  await applyBatch(options, batchOf(changes));
  await applyBatch(options, batchOf(changes));
  expect([await count(), (await letters(null)).length]).toEqual([1, 1]);
  const _id = unkeyedId(projection.name, 0, 70);
  await unkeyedRecords(pipeline.db).updateOne({ _id }, { $set: { open: false } });
  await applyBatch(options, batchOf(changes));
  expect([await count(), (await letters(null)).length]).toEqual([0, 1]);
}, 60_000);

test('a topic with too few partitions takes no letter: that passes when it has them, and no mark is made meanwhile', async () => {
  const failure: unknown = await applyBatch(options, batchOf([[1, 'elsewhere', '?']], 5)).catch(
    (error: unknown) => error,
  );
  expect(String(failure)).toContain('cannot be written');
  expect(isPassing(failure)).toBe(true);
  expect(await pipeline.documents.findOne({ _id: 'elsewhere' })).toBeNull();
}, 60_000);

test('the count of documents is answered by its index', async () => {
  const plan = await pipeline.documents
    .find({ '_sync.quarantine.changes': { $gt: 0 } })
    .explain('queryPlanner');
  expect(JSON.stringify(plan)).toContain('"indexName":"quarantine"');
}, 30_000);
