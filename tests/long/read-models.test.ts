/**
 * All read models side by side on one stream, under load, while each of their projectors and each server is killed: at the end each says what
 * SQL says that was written by hand (tests/support/read-models-in-sql.ts).
 */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import directory from '../../projections/directory.ts';
import history from '../../projections/history.ts';
import insights from '../../projections/insights.ts';
import { parseLossless } from '../../services/shared/lossless-json.ts';
import { readCounts } from '../../services/shared/tallies/tally-counts.ts';
import { waitFor } from '../../stack/wait.ts';
import { compareCountsWithSql } from '../support/counted-writers.ts';
import { openReadSide } from '../support/faults/read-side.ts';
import type { ReadSide } from '../support/faults/read-side.ts';
import { nextProcess, openRunSystem, signalProcess } from '../support/faults/run-system.ts';
import type { Place } from '../support/faults/fault-row.ts';
import { ENTRY, PROFILE, inSql, wrongAmong } from '../support/read-models-in-sql.ts';
import { newSeed } from '../support/workload/settings.ts';
import { lostCommands, startWorkload } from '../support/workload/workload.ts';

const MODELS = [directory, insights, history];
const SERVERS = ['connect', 'kafka', 'mongod', 'postgres'] as const;
const DEADLINE_MS = 120_000;

let place: Place;
let sides: readonly ReadSide[];

beforeAll(async () => {
  place = await openRunSystem();
  const opened: ReadSide[] = [];
  sides = opened;
  for (const is of MODELS)
    opened.push(await openReadSide({ projection: { file: `../../../projections/${is.name}.ts`, is } }));
}, 300_000);

afterAll(async () => {
  for (const side of sides) await side.close();
  await place.close();
}, 120_000);

function sideOf(is: (typeof MODELS)[number]): ReadSide {
  const found = sides.find(({ pipeline }) => pipeline.projection === is);
  if (!found) throw new Error(`${is.name} does not run`);
  return found;
}

/** In each of them, so that the next kill falls into the load. */
async function arriving(): Promise<void> {
  for (const { pipeline } of sides) {
    const newest = async (): Promise<number> => {
      const [last] = await pipeline.documents.find().sort({ '_sync.appliedAt': -1 }).limit(1).toArray();
      return last?._sync.appliedAt.getTime() ?? 0;
    };
    const before = Date.now();
    await waitFor(`changes to reach ${pipeline.projection.name}`, async () => (await newest()) > before, {
      timeoutMs: DEADLINE_MS,
      intervalMs: 200,
    });
  }
}

async function wholeDirectory(): Promise<ReadonlyMap<string, unknown>> {
  const { readApiUrl } = sideOf(directory);
  const entries = new Map<string, unknown>();
  for (let path: string | undefined = '/directory?limit=100&sort=created'; path !== undefined;) {
    const response: Response = await fetch(`${readApiUrl}${path}`);
    const { items } = parseLossless(await response.text()) as { items: ReadonlyArray<{ id: string }> };
    for (const item of items) entries.set(item.id, item);
    path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
  }
  return entries;
}

async function profilesNow(ids: Iterable<string>): Promise<ReadonlyMap<string, unknown>> {
  const { readApiUrl } = sideOf(history);
  const now = new Date().toISOString();
  const profiles = new Map<string, unknown>();
  for (const id of ids) {
    const response = await fetch(`${readApiUrl}/profiles/${id}?at=${now}`);
    const text = await response.text();
    if (response.status === 200) profiles.set(id, parseLossless(text));
  }
  return profiles;
}

test('each read model equals SQL after kill -9 of each projector and each server under load', async () => {
  const { pipeline } = place;
  const workload = startWorkload(pipeline, place, {
    seed: newSeed(),
    restWriters: 2,
    sqlWriters: 1,
    watchers: 1,
    pauseMs: 20,
  });
  try {
    for (const side of sides) {
      await arriving();
      const pid = side.projector(0).pid();
      if (pid === null) throw new Error(`${side.pipeline.projection.name} has no projector`);
      process.kill(pid, 'SIGKILL');
    }
    for (const server of SERVERS) {
      await arriving();
      await nextProcess(server, signalProcess(server, 'SIGKILL'));
    }
    await arriving();
  } finally {
    await workload.stop();
  }
  const { people, backwards } = await workload.stop();
  for (const each of [pipeline, ...sides.map((side) => side.pipeline)]) await each.settled(DEADLINE_MS);

  expect(await lostCommands(pipeline, people)).toEqual([]);
  expect(backwards).toEqual([]);
  const profiles = await inSql(pipeline.sql, PROFILE);
  expect(profiles.size).toBeGreaterThan(50);
  expect(wrongAmong(await inSql(pipeline.sql, ENTRY), await wholeDirectory())).toEqual([]);
  expect(wrongAmong(profiles, await profilesNow(profiles.keys()))).toEqual([]);
  const counted = sideOf(insights).pipeline;
  expect(await compareCountsWithSql(counted, await readCounts(counted.documents))).toEqual([]);
}, 600_000);
