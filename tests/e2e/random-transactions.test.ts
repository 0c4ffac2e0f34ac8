/**
 * Random concurrent transactions on the real Postgres, through the real connector: then every document equals the SQL view (invariants
 * 1, 2, 6). READSIDE_TRANSACTIONS=50000 makes it longer; READSIDE_SEED repeats the same transactions, not their interleaving.
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { compareDocuments, compareServed } from '../support/oracle.ts';
import { openPipeline } from '../support/pipeline.ts';
import type { Pipeline } from '../support/pipeline.ts';
import { runningSystem } from '../support/stack.ts';
import { arbitraryTransaction } from '../support/transactions/arbitrary-transaction.ts';
import { runTransactions } from '../support/transactions/run-transactions.ts';
import { newSeed } from '../support/workload/settings.ts';

const TRANSACTIONS = Number(process.env['READSIDE_TRANSACTIONS'] ?? 600);
const CONNECTIONS = 8;

let pipeline: Pipeline;
beforeAll(async () => {
  pipeline = await openPipeline();
});
afterAll(() => pipeline.close());

test(`${TRANSACTIONS} random transactions on ${CONNECTIONS} connections leave every document equal to SQL`, async () => {
  const seed = newSeed();
  const transactions = fc.sample(arbitraryTransaction(seed), { seed, numRuns: TRANSACTIONS });
  const report = await runTransactions(pipeline.sql, transactions, CONNECTIONS);
  process.stderr.write(`  ${JSON.stringify(report)}\n`);
  await pipeline.settled(300_000);

  const documents = await compareDocuments(pipeline);
  expect({ seed, wrong: documents.wrong }).toEqual({ seed, wrong: [] });
  const tombstones = await pipeline.documents
    .find({ '_sync.phase': 'deleted' }, { projection: { _id: 1 } })
    .toArray();
  const gone = tombstones.map(({ _id }) => _id);
  const served = await compareServed(pipeline, runningSystem().readApiUrl, gone);
  expect({ seed, wrong: served.wrong }).toEqual({ seed, wrong: [] });
  expect(report.unexpected).toEqual([]);
  // They were what they claim to be.
  expect(report.committed).toBeGreaterThan(TRANSACTIONS / 2);
  expect(report.rolledBack).toBeGreaterThan(0);
  expect(gone.length).toBeGreaterThan(0);
}, 3_600_000);
