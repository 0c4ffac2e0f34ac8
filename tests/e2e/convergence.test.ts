/**
 * Random REST commands and raw SQL side by side, then every profile served equals SQL, field by field (invariants 1, 3, 9).
 * Short here; READSIDE_LOAD_SECONDS=30 makes it as long as the acceptance asks.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { runningSystem } from '../support/stack.ts';
import { loadSeconds, newSeed } from '../support/workload/settings.ts';
import { lostCommands, runWorkload } from '../support/workload/workload.ts';

describe('random writers of both kinds', () => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await openPipeline();
  });
  afterAll(() => pipeline.close());

  test('leave every document equal to SQL, no command lost, and no reader saw one go back', async () => {
    const system = runningSystem();
    const seed = newSeed();
    const options = { seconds: loadSeconds(10), seed, restWriters: 6, sqlWriters: 4, watchers: 4 };
    const report = await runWorkload(pipeline, system, options);
    await pipeline.settled();

    const documents = await compareDocuments(pipeline);
    const served = await compareServed(pipeline, system.readApiUrl, report.people.gone);
    expect(documents.wrong).toEqual([]);
    expect(served.wrong).toEqual([]);
    expect(await lostCommands(pipeline, report.people)).toEqual([]);
    expect(report.backwards).toEqual([]);
    expect(report.rest.flatMap(({ unexpected }) => unexpected)).toEqual([]);
    expect(report.sql.flatMap(({ unexpected }) => unexpected)).toEqual([]);
    // The load was one: both kinds wrote, users were deleted, and readers read.
    expect(sum(report.rest.map(({ acknowledged }) => acknowledged))).toBeGreaterThan(20);
    expect(sum(report.sql.map(({ committed }) => committed))).toBeGreaterThan(20);
    expect(report.people.gone.size).toBeGreaterThan(0);
    expect(report.reads).toBeGreaterThan(100);
    expect(documents.compared).toBeGreaterThan(10);
  }, 180_000);
});

describe('the oracle itself', () => {
  test('turns red for a document that is different, missing or extra', async () => {
    const pipeline = await openPipeline();
    try {
      const { rows } = await pipeline.sql.query<{ id: string }>(
        "insert into users (email, full_name) select 'oracle.' || gen_random_uuid() || '@example.com', 'Oracle' from generate_series(1, 2) returning id::text as id",
      );
      const [changed = '', removed = ''] = rows.map(({ id }) => id);
      await pipeline.settled();
      expect((await compareDocuments(pipeline)).wrong).toEqual([]);

      const stored = await pipeline.documents.findOne({ _id: removed });
      if (!stored) throw new Error('the document has not arrived');
      const extra = { ...stored, _id: '00000000-0000-4000-8000-000000000000' };
      await pipeline.documents.updateOne({ _id: changed }, { $set: { fullName: 'Somebody else' } });
      await pipeline.documents.deleteOne({ _id: removed });
      await pipeline.documents.insertOne(extra);
      const { wrong } = await compareDocuments(pipeline);
      expect([...wrong].toSorted()).toEqual(
        [
          `${extra._id}: extra`,
          `${changed}: fullName: "Oracle" expected, "Somebody else" found`,
          `${removed}: missing`,
        ].toSorted(),
      );

      await pipeline.documents.deleteOne({ _id: extra._id });
      await pipeline.documents.insertOne(stored);
      await pipeline.documents.updateOne({ _id: changed }, { $set: { fullName: 'Oracle' } });
      expect((await compareDocuments(pipeline)).wrong).toEqual([]);
    } finally {
      await pipeline.close();
    }
  });
});

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
