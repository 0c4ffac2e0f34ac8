/** What `readside status --watch` makes of what waits: come just now and applied as fast, or standing. */
import { expect, test } from '@jest/globals';
import type { Admin, Kafka } from 'kafkajs';
import { createLagMeter } from '../../cli/status/lag-meter.ts';
import type { PipelineAnswers } from '../../services/shared/health/ask-pipeline.ts';
import { verdictOf } from '../../services/shared/health/verdict.ts';
import type { HealthState } from '../../services/shared/health/verdict.ts';
import teams from '../fixtures/projections/teams.ts';

type Place = readonly [committed: number, end: number];

/** Proven at `provenAt`, in seconds, and asked at `now`. */
function answers(provenAt: number, now: number, ...places: readonly Place[]): PipelineAnswers {
  const partitions = places.map(([committed, end], partition) => {
    const stored = committed;
    return { partition, committed, stored, low: 0, end, lag: end - committed };
  });
  return {
    down: [],
    source: { now: new Date(now * 1000), currentLsn: 1, provenAt: new Date(provenAt * 1000), slot: null },
    connector: null,
    topic: { partitions, lagEvents: partitions.reduce((sum, { lag }) => sum + lag, 0) },
    unreplicated: 0,
    group: { members: 1, unassigned: [] },
    quarantined: 0,
    wrong: 0,
    reached: 0,
    snapshots: 1,
  };
}

/** The state at each look; Kafka is not asked, for the first one finds that nothing waits. */
async function statesOf(...looks: readonly PipelineAnswers[]): Promise<readonly HealthState[]> {
  const nobody = new Proxy({}, { get: () => () => Promise.reject(new Error('Kafka is not to be asked')) });
  const measure = createLagMeter(nobody as Kafka, nobody as Admin, teams);
  const states: HealthState[] = [];
  for (const each of looks) {
    const { lag, inFlight } = await measure(each);
    const { state } = verdictOf({
      ...each,
      // Its slot is not spoken of here.
      source: null,
      projection: 'teams',
      stream: 'teams',
      write: null,
      still: { sourceMs: 0, groupMs: 0 },
      ...(lag.ok ? { lagSeconds: lag.value.seconds } : { lagSeconds: null, lagUnknown: lag.why }),
      inFlight,
      found: [],
    });
    states.push(state);
  }
  return states;
}

const FIRST = answers(10, 11, [5, 5], [5, 5]);

test('what has come since the look before and is applied as fast as it comes is no lag', async () => {
  expect(await statesOf(FIRST, answers(11, 12, [55, 56], [55, 55]))).toEqual(['up-to-date', 'up-to-date']);
});

test('where nothing was applied since the look before, one event that waits is a lag', async () => {
  const flows = answers(11, 12, [55, 56], [55, 55]);
  expect(await statesOf(FIRST, answers(11, 12, [5, 6], [5, 5]))).toEqual(['up-to-date', 'lagging']);
  expect(await statesOf(FIRST, flows, flows)).toEqual(['up-to-date', 'up-to-date', 'lagging']);
});

test('a partition that stands while others go on is a lag once its proof is older than some heartbeats', async () => {
  const fast = (look: number): Place => [1000 * look, 1000 * look];
  const looks = [1, 2, 3, 4, 5].map((look) => answers(10 + look, 11 + look, [5, 6], fast(look)));
  expect(await statesOf(FIRST, ...looks)).toEqual([
    'up-to-date',
    'up-to-date',
    'up-to-date',
    'lagging',
    'lagging',
    'lagging',
  ]);
});
