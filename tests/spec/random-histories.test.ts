/**
 * Random histories under random schedules: redelivery, batches cut anywhere, crashes between load, save and commit, saves half done,
 * zombies, changes that nobody can read. Whatever happens, documents are right at every step and never go back (invariants 1 to 7).
 * A failing run is repeated by the seed that it printed: READSIDE_SEED=… npm test -- tests/spec/random-histories.test.ts;
 * READSIDE_HISTORIES=1000000 looks longer.
 */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { arbitraryHistory } from '../support/arbitrary-history.ts';
import { arbitrarySchedule } from '../support/histories/arbitrary-schedule.ts';
import type { Missing } from '../support/histories/model-store.ts';
import { runHistory } from '../support/histories/run-history.ts';
import { newSeed } from '../support/workload/settings.ts';

const HISTORIES = Number(process.env['READSIDE_HISTORIES'] ?? 10_000);
const seed = newSeed();

const property = (missing?: Missing) =>
  fc.asyncProperty(arbitraryHistory, arbitrarySchedule, (history, schedule) =>
    runHistory(history, schedule, missing),
  );

describe('two projectors, however they are cut, killed and delivered again', () => {
  test(`leave every document right at every step, over ${HISTORIES} histories`, async () => {
    const checked = fc.assert(property(), { numRuns: HISTORIES, seed });
    await expect(checked).resolves.toBeUndefined();
  }, 3_600_000);
});

describe('the property turns red', () => {
  test.each<Missing>([
    'the fence',
    'the positions',
    'the tombstones',
    'the order',
    'the letters',
    'write before commit',
  ])('without %s', async (missing) => {
    const { failed } = await fc.check(property(missing), { numRuns: 1000, seed, endOnFailure: true });
    expect(failed).toBe(true);
  });
});
